/** What a card says: what would load, and who would learn of the visit. */
import { hostOf, hostsOf, ownersOf } from "../belonging.js";
import { told } from "./told.js";

/** @param {string} text @param {Record<string, string>} values for what stands in braces; `Acme Inc.` ends a sentence by itself */
export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]).replaceAll("..", ".");

/** The service that an element is of: the one it is marked with, else the one whose host it would ask. @param {HTMLElement} element */
const serviceOf = ({ dataset: { consent = "", consentOnce = consent, src } }) =>
  told.services[consentOnce] || told.services[ownersOf(hostOf(src), hostsOf(told.services))[0]];

/** @param {HTMLElement} element @param {string} language @returns {string} what a visitor would call it */
export const titleOf = (element, language) =>
  element.title || serviceOf(element)?.name[language] || hostOf(element.dataset.src) || element.dataset.consent || "";

/** @param {HTMLElement} element @param {string} language @returns {string} sentences, without the way to the settings */
export const about = (element, language) => {
  const { from, stranger, whole } = told.texts[language];
  const { consent = "", src } = element.dataset;
  const service = serviceOf(element);
  const category = told.categories[consent]?.[language];
  const host = hostOf(src);
  const said = [];
  if (service) said.push(filled(from, { service: service.name[language], provider: service.provider, country: service.country[language] }));
  else if (host) said.push(filled(stranger, { host }));
  if (category) said.push(filled(whole, { category }));
  return said.join(" ");
};

/** @param {HTMLElement} element @param {string} language @returns {string} the same where there is no room for sentences */
export const inShort = (element, language) => {
  const service = serviceOf(element);
  return service ? ` · ${service.provider}, ${service.country[language]}` : "";
};
