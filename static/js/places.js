/**
 * Fills the places that a page keeps for us: `<div data-consent-preferences></div>` gets the preference centre's fields,
 * `<div data-consent-declaration></div>` the cookie declaration. What a page put there itself stays.
 */
import { language } from "./language.js";
import { layer, load } from "./layers.js";
import { parse } from "./markup.js";
import { ignore } from "./notice.js";
import { fill } from "./preferences.js";
import { ask } from "./service.js";

/** @type {WeakSet<Element>} */
const furnished = new WeakSet();

/** @param {Element} place */
const furniture = async (place) => {
  if (place.matches("[data-consent-declaration]")) return [parse(await ask(`declaration?lang=${language}&fragment=1`))];
  await load();
  const [, ...rest] = layer.children[3].children;
  return rest.map((each) => each.cloneNode(true));
};

/** @param {boolean} [anew] also what was furnished before: the text is another one */
export const furnish = (anew) => {
  for (const place of document.querySelectorAll("[data-consent-preferences],[data-consent-declaration]"))
    if (furnished.has(place) ? anew : !place.children[0]) {
      furnished.add(place);
      furniture(place).then((nodes) => {
        /** @type {HTMLElement} */ (place).lang = language;
        place.replaceChildren(...nodes);
        fill(place);
      }, ignore);
    }
};
