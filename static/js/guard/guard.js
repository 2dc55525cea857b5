/**
 * The guard, `banner.js?guard=1`: what the policy's services own is held back however the page reaches for it, marked or
 * not, until it is granted. What the browser fetches from unmarked markup before any script can act is the wall's.
 */
import { on } from "../events.js";
import { look, release, watchElements } from "./elements.js";
import { watchMarkup } from "./markup.js";
import { watchRequests } from "./requests.js";
import { watchStorage } from "./storage.js";

if (!window.consentBanner) {
  watchElements();
  watchMarkup();
  watchRequests();
  watchStorage();
  // What the parser puts in: a script is held before it is prepared, since observers are heard before (HTML, 13.2.6.4.8).
  new MutationObserver((records) => {
    for (const { addedNodes } of records) addedNodes.forEach((node) => look(node));
  }).observe(document, { childList: true, subtree: true });
  on("ready", release);
  on("change", release);
}
