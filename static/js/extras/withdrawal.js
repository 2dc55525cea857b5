/**
 * A withdrawal is felt: what services without a grant left in this browser goes, and where a marked script of theirs has
 * run, whose connections and timers nobody can stop, the page is loaded anew, once, and says so. Fetched when something
 * that was granted in this page no longer is.
 *
 * @typedef {import("../extra.js").Tools} Tools
 */
import { clear } from "../leftovers.js";
import { reloadOnce } from "../reloading.js";

/** @typedef {{hosts: Record<string, string[]>, texts: Record<string, import("../reloading.js").Texts>}} Told */

// `let`, so that the bundler keeps the token in one place.
export let told = /** @type {Told} */ (/** @type {unknown} */ ("__CONSENT_EXTRA__"));

const runs = () =>
  [.../** @type {NodeListOf<HTMLScriptElement>} */ (document.querySelectorAll("script[data-consent]"))].some(
    ({ type, dataset }) => type != "text/plain" && !window.consentBanner.allows(/** @type {string} */ (dataset.consent)),
  );

/** @param {Tools} tools */
export default (tools) => {
  const sweep = () => clear(tools, told.hosts);
  sweep();
  return reloadOnce(runs, told.texts[tools.language], sweep);
};
