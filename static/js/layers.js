/**
 * The banner's element, `#jutt-consent`, in the page's light DOM: found there where the server rendered it, else taken
 * from this script, else fetched. The second layer is fetched when idle or asked for.
 */
import { config } from "./config.js";
import { furnish } from "./gate.js";
import { language, speak } from "./language.js";
import { adopt, parse } from "./markup.js";
import { refresh } from "./notice.js";
import { ask } from "./service.js";
import { decision } from "./standing.js";

/** Its children: the notice, a live region, the launcher, and once loaded the dialog. @type {HTMLElement} null until there is one */
export let layer = /** @type {any} */ (null);

/** `&since=REVISION` has the text say what changed; empty where the page's own notice says so already. @type {string | undefined} */
export let since;

/** @type {Element} */
let home;
/** @type {Promise<void> | null} */
let loading;

/** Put the layer first in the body, also in one that a page's script put in the old one's place. */
export const place = () => {
  if (layer && decision && document.body && document.body != home) (home = document.body).prepend(layer);
};

/** @param {RequestInit} [options] */
const fetched = async (options) => {
  const asked = since;
  const [fresh, style] = /** @type {any} */ (parse(await ask(`banner?lang=${language}${since || ""}`, options)).children);
  adopt(style.innerText);
  if (fresh.lang != language || asked != since) return; // Meanwhile another language, or another text, was asked for.
  if (layer?.dataset.consentText == fresh.dataset.consentText) {
    if (!layer.children[3]) layer.append(fresh.children[3]);
    return;
  }
  layer?.replaceWith(fresh);
  layer = fresh;
  place();
  refresh();
  furnish();
};

/** Have both layers in the page. @param {RequestInit} [options] anew, even where they are */
export const load = (options) =>
  (loading =
    (!options && loading) ||
    fetched(options).catch((problem) => {
      loading = null;
      throw problem;
    }));

/** Ask with a fresh text that says what changed. @param {string | undefined} revision */
export const askAnew = (revision) => {
  since = "&since=" + revision;
  return load({ cache: "reload" });
};

export const find = () => {
  layer = /** @type {HTMLElement} */ (document.querySelector("#jutt-consent"));
  speak(layer?.lang);
  if (layer) {
    home = document.body;
    since = "";
  } else if (language == config.language) layer = /** @type {HTMLElement} */ (parse(/** @type {string} */ (config.notice)).children[0]);
};
