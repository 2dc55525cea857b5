/**
 * The gate: elements marked `data-consent="analytics"` (a category or a service) load once that is granted, wherever and
 * whenever they are inserted: scripts of `type="text/plain"`, and whatever has `data-src`, `data-srcset` or `data-href`.
 * When the grant goes, frames and images are emptied; a script that ran cannot be undone.
 */
import { extra } from "./extra.js";
import { place } from "./layers.js";
import { ignore } from "./notice.js";
import { run } from "./scripts.js";
import { allows, decision, held } from "./standing.js";
import { trusted } from "./trusted.js";

/** Elements that were let through (a script: or are on their way). @type {WeakSet<Element>} */
export const taken = new WeakSet();

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

/** What else a page may have for us, each with a file of its own. @type {Record<string, string>} */
const wanted = {
  places: "[data-consent-preferences],[data-consent-declaration]",
  placeholders: "iframe[data-consent]:not([src]),div[data-consent]",
  wall: "script[data-csp]",
};

export const furnish = () => {
  for (const name in wanted) if (decision && document.querySelector(wanted[name])) extra(name).catch(ignore);
};

export const scan = () => {
  place();
  if (held) return;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-consent]"))) {
    const { type } = /** @type {HTMLScriptElement} */ (element);
    const script = element.matches("script");
    const granted = allows(/** @type {string} */ (element.dataset.consent));
    if (taken.has(element) == granted || (script && (!granted || type != "text/plain"))) continue;
    taken[granted ? "add" : "delete"](element);
    script ? run(/** @type {HTMLScriptElement} */ (element)) : fill(element, granted);
  }
  furnish();
};
