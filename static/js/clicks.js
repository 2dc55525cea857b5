/** Clicks on our controls, wherever they stand; and on whatever a page marks with `data-consent-open`. */
import { acceptAll, rejectAll, save, withdraw } from "./choices.js";
import { speak } from "./language.js";
import { layer, load } from "./layers.js";
import { ignore } from "./notice.js";
import { close, open, read } from "./preferences.js";

/** @type {Record<string, (by: HTMLAnchorElement) => Promise<unknown>>} */
const acts = {
  "accept-all": acceptAll,
  "reject-all": rejectAll,
  save: (by) => save(read(/** @type {Element} */ (by.closest("dialog,[data-consent-preferences]")))),
  withdraw,
  close,
  customise: open,
  launcher: open,
};

/** @param {HTMLAnchorElement} link to the same in another language */
const translate = async ({ lang, href }) => {
  speak(lang);
  try {
    await load({});
    /** @type {HTMLElement} */ (layer.querySelector("[hreflang]")).focus();
  } catch {
    location.assign(href);
  }
};

/** @param {Event} event */
export const click = (event) => {
  const by = /** @type {HTMLAnchorElement} */ (/** @type {Element} */ (event.target).closest("[data-consent-open],[data-consent-part],#jutt-consent [hreflang]"));
  const act = by && (by.hreflang ? translate : acts[by.dataset.consentPart || "launcher"]);
  if (act) {
    event.preventDefault();
    act(by).catch(ignore);
  }
};
