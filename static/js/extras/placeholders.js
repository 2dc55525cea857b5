/**
 * Where an `iframe` or a widget's `div` is held, a card stands in its place and in its size: what would load, from whom,
 * `Load once` and `Always allow`. A page author does nothing for it; `title` on the iframe says what would load.
 *
 * @typedef {import("../extra.js").Tools} Tools
 */
import style from "../../css/placeholders.css";
import { always } from "../cards/always.js";
import { card, tell } from "../cards/card.js";
import { load, putBack } from "../cards/once.js";
import { hide, occupy, show, stands } from "../cards/place.js";

/** The card of each element that waits. @type {Map<HTMLElement, HTMLElement>} */
const cards = new Map();

/** @type {Tools} */
let tools;

/** @param {HTMLElement} element @returns {boolean} whether it waits, and nothing stands in its place but a card of ours */
const waits = (element) =>
  element.isConnected &&
  !!element.dataset.consent &&
  !window.consentBanner.allows(element.dataset.consent) &&
  !(element.matches("iframe")
    ? element.hasAttribute("src")
    : [...element.childNodes].some((node) => node != cards.get(element) && (node.nodeType == 1 || node.textContent?.trim())));

/** @param {HTMLElement} element which gets the focus that its card had, once the gate has put it back */
const clear = (element) => {
  const it = /** @type {HTMLElement} */ (cards.get(element));
  const focused = it.contains(document.activeElement);
  it.remove();
  cards.delete(element);
  show(element);
  if (focused) queueMicrotask(() => focus(element));
};

/** @param {HTMLElement} element */
const focus = (element) => {
  if (!element.matches("iframe")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
};

/** @param {HTMLElement} element */
const once = (element) => {
  clear(element);
  load(/** @type {HTMLIFrameElement} */ (element), tools);
  focus(element);
};

/** @param {HTMLElement} element */
const allow = async (element) => {
  tell(cards.get(element), "true");
  try {
    await always(/** @type {string} */ (element.dataset.consent), tools);
  } catch {
    tell(cards.get(element), "false", true);
  }
};

/** @param {HTMLElement} element */
const put = (element) => {
  if (!hide(element)) return;
  const it = card(element, tools.language, { once: () => once(element), always: () => allow(element) });
  cards.set(element, it);
  occupy(element, it);
};

/** A card goes with what it stands for: granted, filled by the page itself, moved or taken out. */
const tidy = () => {
  for (const [element, it] of [...cards]) if (!waits(element) || !stands(element, it) || it.lang != tools.language) clear(element);
};

/** Cards go before the gate opens, so that nothing moves; what was loaded once goes when the visitor says no. */
const changed = () => {
  putBack();
  tidy();
};

/** @param {Tools} now */
export default (now) => {
  if (!tools) {
    now.adopt(style);
    window.consentBanner.on("change", changed);
    new MutationObserver(tidy).observe(document, { childList: true, subtree: true, attributeFilter: ["src"] });
    addEventListener("resize", () => cards.forEach((it, element) => occupy(element, it)));
  }
  tools = now;
  tidy();
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("iframe[data-consent]:not([src]),div[data-consent]")))
    if (!cards.has(element) && waits(element)) put(element);
};
