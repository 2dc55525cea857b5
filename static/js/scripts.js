/**
 * Runs granted scripts as the browser would have: in document order, once, with all their attributes. An async one runs
 * when it comes; an inline one waits for the external ones before it, loaded or failed. The grant is looked at again in
 * the moment of insertion. A script keeps its own nonce and is never lent ours.
 */
import { taken } from "./gate.js";
import { allows } from "./standing.js";
import { trusted } from "./trusted.js";

let line = Promise.resolve();

/** @type {Promise<unknown>[]} */
const loads = [];

/** @param {HTMLScriptElement} script a placeholder of type text/plain */
export const run = (script) => {
  const { type = "", src = script.getAttribute("src"), consent } = /** @type {Record<string, string>} */ (script.dataset);
  const async = script.hasAttribute("async");
  const insert = () => {
    if (!allows(consent) || !script.isConnected) {
      taken.delete(script);
      return;
    }
    const copy = document.createElement("script"); // No clone: one of markup that a script inserted would never run.
    for (const { name, value } of script.attributes)
      if (name != "src") copy.setAttribute(name, trusted("createScript", value));
    copy.type = type;
    copy.nonce = script.nonce;
    copy.async = async;
    if (src) {
      copy.src = trusted("createScriptURL", src);
      if (!async) loads.push(new Promise((done) => ["load", "error"].forEach((event) => copy.addEventListener(event, done))));
    } else copy.text = trusted("createScript", script.text);
    taken.add(copy);
    script.replaceWith(copy);
  };
  if (src && async) insert();
  else line = line.then(() => (src || type == "module" ? undefined : Promise.all(loads))).then(insert, insert);
};
