/**
 * What the server writes into this script, and how the page included it. A page author says the rest as attributes:
 * `<script async src="/consent/banner.js?lang=et" data-launcher="off" data-reuse="300"></script>`.
 *
 * @typedef {object} Config
 * @property {string} revision the policy's
 * @property {string[]} languages the policy's, the default first
 * @property {string | null} language that of `?lang=`
 * @property {Record<string, 0 | 1>} categories in the policy's order; 1 is required
 * @property {Record<string, string[]>} storage per service: its category, then its cookies and keys behind a letter for
 *   their kind (c, l, s, i: cookie, local and session storage, IndexedDB); `*` is a wildcard
 * @property {0 | 1} apis whether a service has a consent call of its own, until those are in place
 * @property {Record<string, string[]>} [hosts] per service, for the guard
 * @property {string} style the first layer's
 * @property {string | null} notice the first layer, where `?lang=` named its language
 */

// `let`, so that the bundler keeps the token in one place: the server replaces it.
export let config = /** @type {Config} */ (/** @type {unknown} */ ("__CONSENT_CONFIG__"));

const script = /** @type {HTMLScriptElement} */ (document.currentScript);

/** The script element's `data-` attributes. */
export const attributes = script.dataset;

/** Where the service is: `https://jutt.ai/consent/`. */
export const base = script.src.replace(/banner\.js.*/, "");

export const page = document.documentElement;
