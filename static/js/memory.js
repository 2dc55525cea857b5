/**
 * What this browser remembers for the page, in keys that the policy declares as necessary: nothing before a choice.
 * Where storage is forbidden, the page alone remembers.
 */
import { config, script } from "./config.js";

/** @typedef {"localStorage" | "sessionStorage"} Place */

/** @type {Record<string, any>} */
const page = {};

/** @param {Place} place @param {string} key @returns {any} undefined where storage is forbidden */
const recall = (place, key) => {
  try {
    return JSON.parse(/** @type {string} */ (window[place].getItem(key)));
  } catch {
    return page[key];
  }
};

/** @param {Place} place @param {string} key @param {any} [value] nothing forgets */
const keep = (place, key, value) => {
  page[key] = value;
  try {
    value ? window[place].setItem(key, JSON.stringify(value)) : window[place].removeItem(key);
  } catch {}
};

/** The refusal that still waits to be recorded. @returns {{at: number, body: import("./decision.js").Choice} | null | undefined} */
export const pending = () => {
  const kept = recall("localStorage", "consent-pending");
  return kept?.body ? kept : null;
};

/** @param {object} [refusal] */
export const setPending = (refusal) => keep("localStorage", "consent-pending", refusal);

/** Keep a decision that the service verified, so that the tab's next page does not wait. @param {import("./decision.js").Decision} answer */
export const remember = (answer) =>
  keep("sessionStorage", "consent", answer.reason == "recorded" && { at: Date.now(), decision: answer });

/** Tell other tabs that a choice was recorded; decisions that were kept before it are void. */
export const chosen = () => keep("localStorage", "consent", Date.now());

/** A kept decision that is fresh, outlived by no choice of any tab, unexpired and of this policy, or nothing. */
export const remembered = () => {
  const { at, decision = 0 } = recall("sessionStorage", "consent") || {};
  const age = Date.now() - at;
  return decision.reason == "recorded" &&
    decision.revision == config.revision &&
    age >= 0 &&
    age < +(script.dataset.reuse ?? 300) * 1e3 &&
    at >= recall("localStorage", "consent") &&
    Date.parse(decision.expires_at) > Date.now()
    ? decision
    : null;
};
