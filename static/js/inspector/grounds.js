/**
 * Why a name may load or not, in one word: what the visitor said of it, or what speaks in the visitor's place.
 */
import { base, categoryOf, config } from "./config.js";

/** This page's decisions so far, the first one first: banner.js pushes each to the data layer. */
const decisions = () =>
  [...(window.dataLayer || [])]
    .filter((/** @type {any} */ entry) => entry?.event == "consent_update" && entry.consent)
    .map((/** @type {any} */ { consent }) => consent);

/** @param {any} decision @param {string} name */
const grants = ({ categories = {}, services = {} }, name) => services[name] === true || categories[name] === true;

const refusal = () => {
  const { reason = "none", decided = false } = window.consentBanner.decision || {};
  if (reason == "gpc" || reason == "unreachable") return reason;
  return decided ? "refused" : "undecided";
};

/**
 * @param {string} name a category's or a service's
 * @returns {{why: string, granted: boolean, ever: boolean}} `ever`: now, or at some time on this page
 */
export const grounds = (name) => {
  const category = categoryOf(name);
  if (!category) return { why: "unknown_name", granted: false, ever: false };
  if (window.consentBanner.allows(name))
    return { why: config.categories[category].required ? "required" : "granted", granted: true, ever: true };
  return { why: refusal(), granted: false, ever: decisions().some((each) => grants(each, name)) };
};

/**
 * Whether a request went before the visitor, on this page, allowed it. Both moments are of one clock, the browser's.
 *
 * @param {string} name
 * @param {number | null} after_ms
 */
const early = (name, after_ms) => {
  const [first] = decisions();
  if (after_ms == null || !first || grants(first, name)) return false;
  const choice = performance.getEntriesByType("resource").find((entry) => entry.name.startsWith(base + "choices"));
  return !!choice && after_ms < Math.floor(choice.startTime);
};

/** What became of something that loaded. @param {string} name @param {number | null} after_ms @returns {{state: string, why: string}} */
export const loaded = (name, after_ms) => {
  const { why, granted, ever } = grounds(name);
  if (ever && early(name, after_ms)) return { state: "leaks", why: "too_early" };
  if (granted) return { state: "let_through", why };
  return ever ? { state: "let_through", why: "granted_before" } : { state: "leaks", why };
};
