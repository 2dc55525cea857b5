/**
 * What the server tells the inspector: its words in every language of the policy, whose each host is, and which services
 * the catalogue knows beside the policy's.
 *
 * @typedef {Record<string, string>} Texts one text in every language
 * @typedef {object} Config
 * @property {Record<string, Texts>} texts per language
 * @property {Record<string, {name: Texts, required: boolean}>} categories
 * @property {Record<string, {name: Texts, category: string, hosts: string[]}>} services in the policy's order
 * @property {string[]} sites the registrable domains that the policy's origins are of
 * @property {Record<string, {category: string, hosts: string[]}>} catalogue by id
 */

// `let`, so that the bundler keeps the token in one place: the server replaces it.
export let config = /** @type {Config} */ (/** @type {unknown} */ ("__CONSENT_EXTRA__"));

/** Where the service is: this module comes from it. */
export const base = import.meta.url.replace(/banner\.js.*/, "");

/** @param {string} name a category's or a service's @returns {string | null} its category; null for neither */
export const categoryOf = (name) =>
  Object.hasOwn(config.categories, name) ? name : Object.hasOwn(config.services, name) ? config.services[name].category : null;
