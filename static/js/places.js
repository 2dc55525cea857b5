/**
 * Fills the places that a page keeps for us: `<div data-consent-preferences></div>` gets the preference centre's fields,
 * `<div data-consent-declaration></div>` the cookie declaration. What a page put there itself stays.
 */
import { base } from "./config.js";
import { language } from "./language.js";
import { layer, load } from "./layers.js";
import { parse } from "./markup.js";
import { fill } from "./preferences.js";

/** @type {WeakSet<Element>} */
const furnished = new WeakSet();

/** @param {HTMLElement} place */
const content = async (place) => {
  if (place.matches("[data-consent-declaration]"))
    return [parse(await (await fetch(`${base}declaration?lang=${language}&fragment=1`)).text())];
  await load();
  return [.../** @type {Element} */ (layer?.querySelector("dialog")).children].slice(1).map((each) => each.cloneNode(true));
};

/** @param {boolean} [anew] also those that were filled before: the text is another one */
export const furnish = (anew) => {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-consent-preferences],[data-consent-declaration]")
  ))
    if (furnished.has(place) ? anew : !place.firstElementChild) {
      furnished.add(place);
      content(place).then((nodes) => {
        place.lang = language;
        place.replaceChildren(...nodes);
        fill(place);
      }, () => {});
    }
};
