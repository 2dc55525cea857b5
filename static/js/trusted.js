/**
 * Works under `require-trusted-types-for 'script'`: one policy, `consent-banner`, made when first needed.
 * It vouches for two things only: markup of the service, and scripts that the page's author marked and the visitor granted.
 */

/** @param {string} text */
const same = (text) => text;
const rules = { createHTML: same, createScript: same, createScriptURL: same };

/** @type {typeof rules} */
let policy;

/** @param {keyof typeof rules} kind @param {string} text */
export const trusted = (kind, text) =>
  (policy ||= /** @type {any} */ (window).trustedTypes?.createPolicy("consent-banner", rules) || rules)[kind](text);
