/**
 * The gate: elements marked `data-consent="analytics"` (a category or a service) load once that is granted, wherever and
 * whenever they are inserted: scripts of `type="text/plain"`, and whatever has `data-src`, `data-srcset` or `data-href`.
 * When the grant goes, frames and images are emptied; a script that ran cannot be undone.
 */
import { place } from "./layers.js";
import { furnish } from "./places.js";
import { run } from "./scripts.js";
import { allows, held } from "./standing.js";
import { trusted } from "./trusted.js";

/** Elements that were let through (a script: or are on their way). @type {WeakSet<Element>} */
export const taken = new WeakSet();

/** @returns {HTMLElement[]} */
const marked = () => [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-consent]"))];

/** @param {HTMLElement} element @param {boolean} granted */
const fill = (element, granted) => {
  const { parentNode, nextSibling, dataset } = element;
  // Taken out and put back, a frame starts afresh, and the history gets no entry. One that the parser is just putting in
  // would stay blank in Chromium, which aborts a navigation that begins within the insertion.
  element.remove();
  for (const source of ["srcset", "src", "href"]) {
    const address = dataset[source];
    if (address) granted ? element.setAttribute(source, trusted("createScriptURL", address)) : element.removeAttribute(source);
  }
  parentNode?.insertBefore(element, nextSibling);
};

export const scan = () => {
  place();
  furnish();
  if (held) return;
  for (const element of marked()) {
    const { type } = /** @type {HTMLScriptElement} */ (element);
    const script = element.matches("script");
    const granted = allows(/** @type {string} */ (element.dataset.consent));
    if (taken.has(element) == granted || (script && (!granted || type != "text/plain"))) continue;
    taken[granted ? "add" : "delete"](element);
    script ? run(/** @type {HTMLScriptElement} */ (element)) : fill(element, granted);
  }
};

/** Marked elements, and whether each is let through: for the console. */
export const inspect = () =>
  marked().map((element) => {
    const name = /** @type {string} */ (element.dataset.consent);
    return { element, name, granted: allows(name) };
  });
