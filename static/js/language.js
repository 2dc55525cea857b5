/**
 * The visitor's language: `?lang=` or `data-lang`, else `<html lang>`, else the browser's, else the policy's first.
 * `et-EE` means `et`; a language that the policy lacks falls through to the next source.
 */
import { config, root, script } from "./config.js";

/** @param {string | undefined} tag @returns {string | undefined} */
const offered = (tag) =>
  tag && (config.languages.find((each) => each.toLowerCase() == tag.toLowerCase()) || offered(tag.replace(/-?[^-]*$/, "")));

export let language = "";

/** @param {string} [chosen] what the visitor asked for by a link, else worked out anew */
export const speak = (chosen) => {
  language = [chosen, config.language, script.dataset.lang, root.lang, ...navigator.languages, config.languages[0]]
    .map((tag) => offered(tag || ""))
    .find((tag) => tag) || "";
};
