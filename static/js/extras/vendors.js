/**
 * Tells the vendors' own consent APIs what the visitor decided, in the right order: before any tag of theirs runs, and
 * again on every change. A purpose is granted where a service with that API is, of the category that stands for it; where
 * no service of that category has the API, as the category is.
 *
 * @typedef {{analytics: boolean, marketing: boolean, preferences: boolean}} Purposes
 * @typedef {import("../consent-banner").Decision} Decision
 */
import { google } from "../vendors/google.js";
import { meta } from "../vendors/meta.js";
import { clarity, uet } from "../vendors/microsoft.js";
import { contentsquare, hubspot, matomo, tiktok } from "../vendors/others.js";

/** Per API the services that have it, each with its category; and the policy's `[google_consent_mode]`. */
const config = /** @type {{apis: Record<string, Record<string, string>>, google: any}} */ (/** @type {unknown} */ ("__CONSENT_EXTRA__"));

/** @type {Record<string, (purposes: Purposes, first: boolean, mode: any) => void>} */
const vendors = {
  google,
  meta,
  tiktok,
  matomo,
  hubspot,
  contentsquare,
  "microsoft-uet": uet,
  "microsoft-clarity": clarity,
};

/** @param {Decision} decision @param {Record<string, string>} services */
const purposes = ({ categories, services: chosen }, services) => {
  const granted = (/** @type {string} */ category) => {
    const own = Object.keys(services).filter((id) => services[id] == category);
    return own.length ? own.some((id) => chosen[id]) : categories[category] === true;
  };
  return { analytics: granted("analytics"), marketing: granted("marketing"), preferences: granted("preferences") };
};

/** What each API was told last. @type {Record<string, string>} */
const told = {};

/** @param {Decision} decision */
const tell = (decision) => {
  for (const [api, services] of Object.entries(config.apis)) {
    const now = purposes(decision, services);
    if (told[api] == JSON.stringify(now)) continue;
    vendors[api](now, !told[api], config.google);
    told[api] = JSON.stringify(now);
  }
};

let begun = false;

/** @param {unknown} _tools @param {Decision} decision the one that is about to hold */
export default (_tools, decision) => {
  tell(decision);
  if (begun) return;
  begun = true;
  // At the window's capture: before the page's own listeners, and before the data layer's event.
  for (const name of ["consent:ready", "consent:change"])
    addEventListener(name, (/** @type {any} */ { detail }) => tell(detail), true);
};
