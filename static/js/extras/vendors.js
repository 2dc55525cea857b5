/**
 * Tells the vendors' own consent APIs what the visitor decided, in the right order: before any tag of theirs runs, and
 * again on every change. A purpose is granted where every service with that API is, of the category that stands for it:
 * one refused denies it. Where no service of that category has the API, it is as the category is.
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
    return own.length ? own.every((id) => chosen[id] === true) : categories[category] === true;
  };
  return { analytics: granted("analytics"), marketing: granted("marketing"), preferences: granted("preferences") };
};

/** What tells one API, of what has changed since it was told last. @param {[string, Record<string, string>]} entry */
const telling = ([api, services]) => {
  let told = "";
  return (/** @type {Decision} */ decision) => {
    const now = purposes(decision, services);
    const text = JSON.stringify(now);
    if (told == text) return;
    vendors[api](now, !told, config.google);
    told = text;
  };
};

/** @type {((decision: Decision) => void)[]} */
let all;

/** @param {unknown} _tools @param {Decision} decision the one that is about to hold */
export default (_tools, decision) => {
  // At the window's capture: before the page's own listeners, and before the data layer's event. A listener for each, so
  // that a vendor that throws keeps no other from hearing of a withdrawal; and first, so that all hear if nothing opens.
  all ||= Object.entries(config.apis).map((entry) => {
    const tell = telling(entry);
    for (const name of ["consent:ready", "consent:change"])
      addEventListener(name, (/** @type {any} */ { detail }) => tell(detail), true);
    return tell;
  });
  all.forEach((tell) => tell(decision));
};
