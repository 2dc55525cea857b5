/**
 * Turns the service's markup into nodes, and its styles into a sheet that no Content-Security-Policy forbids:
 * a constructed style sheet is no inline style.
 */
import { script } from "./config.js";
import { trusted } from "./trusted.js";

/** @type {Set<string>} */
const adopted = new Set();

/** @param {string} css */
export const adopt = (css) => {
  if (adopted.has(css)) return;
  adopted.add(css);
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  } catch {
    const style = document.createElement("style"); // Safari before 16.4
    style.nonce = script.nonce;
    style.textContent = css;
    document.head.append(style);
  }
};

/** @param {string} html @returns {DocumentFragment} with its style sheet, if it brings one, adopted */
export const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = trusted("createHTML", html);
  const style = template.content.querySelector("style");
  if (style) {
    adopt(style.textContent || "");
    style.remove();
  }
  return document.importNode(template.content, true);
};
