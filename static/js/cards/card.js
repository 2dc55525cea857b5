/** A card: a named group with what would load and from whom, real buttons, and the way to the settings. */
import { walled } from "./once.js";
import { told } from "./told.js";
import { about, filled, inShort, titleOf } from "./words.js";

/** @param {string} name @param {string} text @param {Record<string, string>} [attributes] */
const make = (name, text, attributes = {}) => {
  const element = document.createElement(name);
  element.textContent = text;
  for (const each in attributes) element.setAttribute(each, attributes[each]);
  return element;
};

/**
 * @param {HTMLElement} element that is held @param {string} language
 * @param {{once: () => void, always: () => Promise<void>}} acts
 */
export const card = (element, language, acts) => {
  const texts = told.texts[language];
  const title = titleOf(element, language);
  const said = about(element, language);
  const it = make("div", "", { "data-jutt-card": element.localName, role: "group", lang: language, title: said });
  it.setAttribute("aria-label", filled(texts.label, { title }));
  const sentence = make("p", said + " ");
  const settings = new URL(`preferences?lang=${language}`, import.meta.url).href;
  sentence.append(make("a", texts.details, { href: settings, "data-consent-open": "" }));
  const body = make("div", "");
  const heading = make("p", title);
  heading.append(make("small", inShort(element, language)));
  body.append(heading, sentence, buttons(element, it, title, acts), make("p", walled.has(element) ? texts.walled : ""));
  it.append(body);
  return it;
};

/** @param {HTMLElement} element @param {HTMLElement} card @param {string} title @param {Parameters<typeof card>[2]} acts */
const buttons = (element, { lang }, title, { once, always }) => {
  const texts = told.texts[lang];
  const row = make("div", "");
  const button = (/** @type {string} */ text, /** @type {() => void} */ act) => {
    const made = make("button", text, { type: "button", "aria-label": `${text}: ${title}` });
    made.onclick = () => made.closest("[aria-busy=true]") || act();
    row.append(made);
  };
  const { consent = "", src } = element.dataset;
  if (src && element.matches("iframe") && !walled.has(element)) button(texts.once, once);
  if (told.services[consent] || told.categories[consent]) button(texts.always, always);
  return row;
};

/** Whether a choice is on its way, and whether it failed: the card says so, the banner's own live region announces it. @param {HTMLElement | undefined} card @param {"true" | "false"} busy */
export const tell = (card, busy, failed = false) => {
  if (!card) return;
  card.setAttribute("aria-busy", busy);
  const note = /** @type {Element} */ (card.firstElementChild?.lastElementChild);
  note.textContent = failed ? told.texts[card.lang].failed : "";
};
