/**
 * `Load once`: this frame, in this page view; nothing is recorded. Its mark is put aside as `data-consent-once`, so that
 * the gate leaves it alone and a later grant does not load it again. A refusal or withdrawal empties it and marks it anew.
 *
 * @typedef {import("../extra.js").Tools} Tools
 */
import { keeping } from "./always.js";
import { told } from "./told.js";
import { filled, titleOf } from "./words.js";

/** What the page's own Content-Security-Policy did not let in. @type {WeakSet<Element>} */
export const walled = new WeakSet();

/** @param {HTMLIFrameElement} element @param {string | null} address null empties it */
const fill = (element, address) => {
  const { parentNode, nextSibling } = element;
  element.remove(); // Put back, it starts afresh, and the history gets no entry.
  address == null ? element.removeAttribute("src") : element.setAttribute("src", address);
  parentNode?.insertBefore(element, nextSibling);
};

/** The guard holds whatever no grant lets through, put back too; a visitor's own click goes past it, by natives that it does not know. @param {HTMLIFrameElement} element @param {string} address */
const pass = (element, address) => {
  const frame = document.documentElement.appendChild(document.createElement("iframe"));
  const { setAttribute } = /** @type {any} */ (frame.contentWindow).Element.prototype;
  setAttribute.call(element, "src", address);
  frame.remove();
};

/** The refusal that waits to be recorded, as the banner keeps it. @returns {string | null} */
const refusal = () => {
  try {
    return localStorage.getItem("consent-pending");
  } catch {
    return null; // Storage may be forbidden.
  }
};

/** The last one that was heeded. */
let heeded = refusal();

/** @param {HTMLIFrameElement} element @param {Tools} tools */
export const load = (element, { config, language }) => {
  const { consent, src } = /** @type {Record<string, string>} */ (element.dataset);
  const say = filled(told.texts[language].loaded, { title: titleOf(element, language) });
  element.dataset.consentOnce = consent;
  delete element.dataset.consent;
  (config.hosts ? pass : fill)(element, src); // The guard alone is told of hosts.
  for (const region of document.querySelectorAll("#jutt-consent [role=status]")) {
    region.textContent = "";
    setTimeout(() => (region.textContent = say), 100);
  }
};

/** @param {HTMLIFrameElement} element */
const mark = (element) => {
  fill(element, null);
  element.dataset.consent = element.dataset.consentOnce;
  delete element.dataset.consentOnce;
};

const loaded = () => /** @type {NodeListOf<HTMLIFrameElement>} */ (document.querySelectorAll("iframe[data-consent-once]"));

/** Empty what was loaded once and is not granted, unless the change is a choice that leaves all but one name as it was. */
export const putBack = () => {
  for (const element of loaded())
    if (!keeping && !window.consentBanner.allows(/** @type {string} */ (element.dataset.consentOnce))) mark(element);
};

// A refusal that cannot be sent yet closes the gates all the same; where nothing was granted, no decision changes by it.
for (const event of ["click", "storage"])
  addEventListener(
    event,
    () => {
      const now = refusal();
      if (now && now != heeded) putBack();
      heeded = now;
    },
    true,
  );

addEventListener("securitypolicyviolation", ({ blockedURI, disposition, effectiveDirective }) => {
  for (const element of loaded())
    if (disposition == "enforce" && effectiveDirective == "frame-src" && element.src.startsWith(blockedURI)) {
      walled.add(element);
      mark(element);
    }
});
