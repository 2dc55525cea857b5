/**
 * What this browser remembers for the page, in keys that the policy declares as necessary: nothing before a choice.
 * Where storage is forbidden, the page alone remembers.
 */
import { attributes, config } from "./config.js";

/** @typedef {{at: number, body: import("./decision.js").Choice}} Refusal */

/** @type {Record<string, any>} */
const page = {};

/** @param {"localStorage" | "sessionStorage"} place @param {string} key @returns {any} */
const recall = (place, key) => {
  try {
    return JSON.parse(/** @type {string} */ (window[place].getItem(key)));
  } catch {
    return page[key];
  }
};

/** @param {"localStorage" | "sessionStorage"} place @param {string} key @param {any} [value] nothing forgets */
const keep = (place, key, value) => {
  page[key] = value;
  try {
    value ? window[place].setItem(key, JSON.stringify(value)) : window[place].removeItem(key);
  } catch {}
};

/** The refusal that still waits to be recorded. @returns {Refusal | null} */
export const pending = () => {
  const kept = recall("localStorage", "consent-pending");
  return kept?.body && kept;
};

/** @param {Refusal} [refusal] */
export const setPending = (refusal) => keep("localStorage", "consent-pending", refusal);

/** Keep what the service answered, so that the tab's next page need not wait for it. @param {import("./decision.js").Decision} decision @param {number} at */
export const remember = (decision, at) => keep("sessionStorage", "consent", decision.given_at && { at, decision });

/** Tell other tabs that a choice was recorded; what was kept before it is void. */
export const chosen = () => keep("localStorage", "consent", Date.now());

/** A kept decision that is fresh, outlived by no choice of any tab, unexpired and of this policy, or nothing. */
export const remembered = () => {
  const { at, decision } = recall("sessionStorage", "consent");
  const now = Date.now();
  return (
    at <= now &&
    at > now - /** @type {any} */ (attributes.reuse ?? 300) * 1e3 &&
    at >= recall("localStorage", "consent") &&
    decision.revision == config.revision &&
    Date.parse(decision.expires_at) > now &&
    decision
  );
};
