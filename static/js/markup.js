/**
 * Turns the service's markup into nodes, and its styles into a sheet that no Content-Security-Policy forbids:
 * a constructed style sheet is no inline style.
 */
import { trusted } from "./trusted.js";

/** @param {string} css */
export const adopt = (css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
};

/** @param {string} html @returns {DocumentFragment} */
export const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = trusted("createHTML", html);
  return template.content;
};
