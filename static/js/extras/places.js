/**
 * Fills the places that a page keeps for us: `<div data-consent-preferences></div>` gets the preference centre's fields,
 * `<div data-consent-declaration></div>` the cookie declaration. What a page put there itself stays.
 *
 * @typedef {import("../extra.js").Tools} Tools
 */

/** The text that each place was furnished with, by its digest. @type {WeakMap<Element, string | undefined>} */
const furnished = new WeakMap();

/** @type {() => void} */
let follow;

/** @param {Tools} tools @param {Element} place */
const furniture = async ({ ask, language, load, parse }, place) => {
  if (place.matches("[data-consent-declaration]")) return [parse(await ask(`declaration?lang=${language}&fragment=1`))];
  await load();
  const [, ...rest] = /** @type {HTMLElement} */ (document.querySelector("#jutt-consent > dialog")).children;
  return rest.map((each) => each.cloneNode(true));
};

/** @param {Tools} tools */
export default (tools) => {
  const text = /** @type {HTMLElement | null} */ (document.querySelector("#jutt-consent"))?.dataset.consentText;
  follow ||= window.consentBanner.on("change", () => document.querySelectorAll("[data-consent-preferences]").forEach(tools.fill));
  for (const place of document.querySelectorAll("[data-consent-preferences],[data-consent-declaration]"))
    if (furnished.has(place) ? furnished.get(place) != text : !place.children[0]) {
      furnished.set(place, text);
      furniture(tools, place).then(
        (nodes) => {
          /** @type {HTMLElement} */ (place).lang = tools.language;
          place.replaceChildren(...nodes);
          tools.fill(place);
        },
        () => {},
      );
    }
};
