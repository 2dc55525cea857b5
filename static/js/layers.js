/**
 * The banner's element, `#jutt-consent`, in the page's light DOM: found there where the server rendered it, else taken
 * from this script, else fetched. The second layer is fetched when idle or asked for.
 */
import { base, config } from "./config.js";
import { language, speak } from "./language.js";
import { parse } from "./markup.js";
import { refresh } from "./notice.js";
import { furnish } from "./places.js";

/** @type {HTMLElement | null} */
export let layer = null;

/** What changed since this revision is said, `&since=…`; empty where the page's own notice says so already. @type {string | undefined} */
export let since;

/** @type {Element | null} */
let home;
/** @type {Promise<void> | 0} */
let loading = 0;

/** Put the layer first in the body, also in one that a page's script put in the old one's place. */
export const place = () => {
  if (layer && document.body && document.body != home) (home = document.body).prepend(layer);
};

/** @param {HTMLElement | null} fresh */
const swap = (fresh) => {
  if (layer?.isConnected && fresh) layer.replaceWith(fresh);
  layer = fresh;
  place();
  refresh();
  furnish(true);
};

/** @param {RequestInit} [options] */
const fetched = async (options) => {
  const response = await fetch(`${base}banner?lang=${language}${since || ""}`, options);
  if (response.status != 200) throw { type: "about:blank", title: response.statusText, status: response.status };
  const fresh = /** @type {HTMLElement} */ (parse(await response.text()).querySelector("#jutt-consent"));
  const dialog = /** @type {HTMLElement} */ (fresh.querySelector("dialog"));
  if (fresh.lang != language) return; // The visitor has switched languages meanwhile.
  if (layer?.dataset.consentText != fresh.dataset.consentText) swap(fresh);
  else if (!layer?.querySelector("dialog")) layer?.append(dialog);
};

/** Have both layers in the page. @param {RequestInit} [options] fetches anew @returns {Promise<void>} */
export const load = (options) => {
  if (options) loading = 0;
  return (loading ||= (!options && layer?.querySelector("dialog") ? Promise.resolve() : fetched(options)).finally(() => (loading = 0)));
};

/** Ask with a fresh text that says what changed. @param {string | undefined} revision */
export const askAnew = (revision) => {
  since = "&since=" + revision;
  return load({ cache: "reload" });
};

export const find = () => {
  layer = document.querySelector("#jutt-consent");
  speak(layer?.lang);
  if (layer) {
    home = document.body;
    since = "";
  } else if (config.notice && language == config.language) layer = /** @type {HTMLElement} */ (parse(config.notice).firstElementChild);
};
