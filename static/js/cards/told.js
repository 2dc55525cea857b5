/**
 * What the service says of its policy, in every language.
 *
 * @typedef {Record<string, string>} Texts by language
 * @typedef {object} Service
 * @property {string} category
 * @property {string[]} hosts
 * @property {Texts} name
 * @property {string} provider
 * @property {Texts} country
 *
 * @typedef {object} Told
 * @property {Record<string, Record<string, string>>} texts by language
 * @property {Record<string, Texts>} categories
 * @property {Record<string, Service>} services
 */

// `let`, so that the bundler keeps the token in one place: the server replaces it.
export let told = /** @type {Told} */ (/** @type {unknown} */ ("__CONSENT_EXTRA__"));
