/** Clicks on our controls, wherever they stand; and on whatever a page marks with `data-consent-open`. */
import { acceptAll, rejectAll, save, withdraw } from "./choices.js";
import { base } from "./config.js";
import { speak } from "./language.js";
import { layer, load } from "./layers.js";
import { close, follow, open, read } from "./preferences.js";

/** @type {Record<string, (by: HTMLElement) => Promise<unknown>>} */
const acts = {
  "accept-all": acceptAll,
  "reject-all": rejectAll,
  save: (by) => save(read(/** @type {Element} */ (by.closest("dialog,[data-consent-preferences]")))),
  withdraw,
  close,
  customise: open,
  launcher: open,
};

/** @param {HTMLElement} link */
const translate = async ({ lang }) => {
  speak(lang);
  try {
    await load({});
    /** @type {HTMLElement | null | undefined} */ (layer?.querySelector("[hreflang]"))?.focus();
  } catch {
    location.assign(`${base}preferences?lang=${lang}`);
  }
};

export const listen = () => {
  document.addEventListener("change", follow);
  document.addEventListener(
    "click",
    (event) => {
      const by = /** @type {HTMLElement} */ (/** @type {Element} */ (event.target).closest("[data-consent-open],[data-consent-part],#jutt-consent [hreflang]"));
      const act = by && (by.hasAttribute("hreflang") ? translate : acts[by.dataset.consentPart || "launcher"]);
      if (!act) return;
      event.preventDefault();
      act(by).catch(() => {});
    },
    true, // A page that stops its clicks does not stop a visitor from choosing.
  );
};
