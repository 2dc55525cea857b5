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
import { focus, places, waits } from "../cards/waiting.js";

/** The card of each element that waits. @type {Map<HTMLElement, HTMLElement>} */
const cards = new Map();

/** How often an element got one: a page that takes ours out each time has its way in the end. @type {WeakMap<HTMLElement, number>} */
const tries = new WeakMap();
const MOST = 50;

/** @type {Tools} */
let tools;

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
  const count = tries.get(element) || 0;
  if (count > MOST || !hide(element)) return;
  tries.set(element, count + 1);
  const it = card(element, tools.language, { once: () => once(element), always: () => allow(element) });
  cards.set(element, it);
  occupy(element, it);
};

/** A card goes with what it stands for: granted, filled by the page itself, moved or taken out. */
const tidy = () => {
  for (const [element, it] of [...cards]) if (!waits(element, it) || !stands(element, it) || it.lang != tools.language) clear(element);
};

const resize = () => cards.forEach((it, element) => occupy(element, it));

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
    addEventListener("resize", resize);
    // A style sheet may come after the card. The load of an element is not heard at the window.
    document.addEventListener("load", ({ target }) => /** @type {Element} */ (target).matches("link,style") && resize(), true);
  }
  tools = now;
  tidy();
  for (const element of places()) if (!cards.has(element) && waits(element)) put(element);
};
