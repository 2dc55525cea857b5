/**
 * The elements that a page's author marked with `data-consent`: what each is, and whether it waits.
 *
 * @typedef {import("../consent-banner").InspectedRow} Row
 * @typedef {Row & {name: string | null, owner: string | null, unknown: boolean, marked: boolean}} Found
 *   `name` is what the decision was asked about; `owner` the service whose the host is; `unknown` a third party of nobody's
 */
import { categoryOf, config } from "./config.js";
import { grounds, loaded } from "./grounds.js";
import { ownerOf, ownParty, remote } from "./owners.js";

/** @type {Record<string, string>} */
const KINDS = { script: "script", iframe: "frame", img: "image", link: "link", div: "place", video: "media", audio: "media" };

/** @param {Element} element */
export const kindOf = ({ localName }) => KINDS[localName] || "other";

/** What the gate and the guard wait with. */
const SOURCES = ["src", "href", "srcset", "data", "poster", "ping", "srcdoc"];

/** @param {HTMLElement} element */
const waits = (element) =>
  element.localName == "script"
    ? /** @type {HTMLScriptElement} */ (element).type == "text/plain"
    : SOURCES.some((name) => element.dataset[name] && !element.hasAttribute(name)) || !SOURCES.some((name) => element.hasAttribute(name));

/** The address that an element loads, or would. @param {HTMLElement} element @returns {string | null | undefined} */
const source = (element) => {
  const kept = (/** @type {string} */ name) => element.dataset[name];
  const own = (/** @type {string} */ name) => element.getAttribute(name);
  const [first, then] = waits(element) ? [kept, own] : [own, kept];
  for (const name of SOURCES.slice(0, -1)) {
    const found = first(name) || then(name);
    if (found) return name == "srcset" ? found.trim().split(/[\s,]+/)[0] : found;
  }
};

/** @param {HTMLElement} element @param {string} name @param {string | null} owner @param {number | null} after_ms */
const judged = (element, name, owner, after_ms) => {
  if (waits(element)) return { state: "held", why: grounds(name).why };
  if (element.dataset.consentOnce) return { state: "let_through", why: "once" }; // By its card, see cards/once.js.
  const found = loaded(name, after_ms);
  const stray = owner && found.state == "let_through" && !grounds(owner).ever;
  return stray ? { state: "leaks", why: "mislabelled" } : found;
};

/**
 * @param {HTMLElement} element
 * @param {Map<string, {after_ms: number | null}>} requests those of the page, by address
 * @returns {Found}
 */
export const marked = (element, requests) => {
  const name = /** @type {string} */ (element.dataset.consent ?? element.dataset.consentOnce);
  const address = source(element);
  const url = address ? remote(address) : null;
  const owner = url && ownerOf(url);
  const seen = (url && !waits(element) && requests.get(url.href)?.after_ms) ?? null;
  const after_ms = typeof seen == "number" ? seen : null;
  const { state, why } = judged(element, name, owner, after_ms);
  return {
    kind: /** @type {Row["kind"]} */ (kindOf(element)),
    address: url?.href ?? address ?? "inline",
    service: Object.hasOwn(config.services, name) ? name : owner,
    category: categoryOf(name),
    state: /** @type {Row["state"]} */ (state),
    why: /** @type {Row["why"]} */ (why),
    after_ms,
    name,
    owner,
    unknown: !!url && !owner && !ownParty(url),
    marked: true,
  };
};
