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

const sources = ["srcset", "src", "href"];

/** Elements that were let through (a script: or are on their way). @type {WeakSet<Element>} */
export const taken = new WeakSet();

/** @param {HTMLElement} element */
const load = (element) => {
  for (const source of sources) {
    const address = element.dataset[source];
    if (address) element.setAttribute(source, trusted("createScriptURL", address));
  }
};

/** Taken out and put back, so that a frame starts afresh and the history gets no entry. @param {HTMLElement} element */
const unload = (element) => {
  const { parentNode, nextSibling } = element;
  element.remove();
  for (const source of sources) if (element.dataset[source]) element.removeAttribute(source);
  parentNode?.insertBefore(element, nextSibling);
};

export const scan = () => {
  place();
  furnish();
  if (held) return;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-consent]"))) {
    const plain = element.matches("script");
    const granted = allows(/** @type {string} */ (element.dataset.consent));
    if (taken.has(element)) {
      if (granted || plain) continue;
      taken.delete(element);
      unload(element);
    } else if (granted && (!plain || /** @type {HTMLScriptElement} */ (element).type == "text/plain")) {
      taken.add(element);
      plain ? run(/** @type {HTMLScriptElement} */ (element)) : load(element);
    }
  }
};

/** Marked elements, and whether each is let through: for the console. */
export const inspect = () =>
  [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-consent]"))].map((element) => {
    const name = /** @type {string} */ (element.dataset.consent);
    return { element, name, granted: allows(name) };
  });
