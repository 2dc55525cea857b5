/**
 * The visitor's language: `?lang=` or `data-lang`, else `<html lang>`, else the browser's, else the policy's first.
 * `et-EE` means `et`; a language that the policy lacks falls through to the next source.
 */
import { attributes, config, page } from "./config.js";

export let language = "";

/** @param {string | null} [chosen] what the visitor asked for by a link */
export const speak = (chosen) => {
  language =
    [chosen, config.language, attributes.lang, page.lang, ...navigator.languages]
      .map((tag) => config.languages.find((each) => RegExp(`^${each}\\b`, "i").test(/** @type {string} */ (tag))))
      .find((each) => each) || config.languages[0];
};
