/**
 * TikTok (https://business-api.tiktok.com/portal/docs?id=1739585600931842), Matomo
 * (https://developer.matomo.org/guides/tracking-consent), HubSpot
 * (https://developers.hubspot.com/docs/api/events/cookie-banner) and Contentsquare
 * (https://docs.contentsquare.com/en/web/compliance-requirements/).
 * Our cookie remembers, so none of theirs is asked to.
 *
 * @typedef {import("../extras/vendors.js").Purposes} Purposes
 */
import { ahead } from "./queue.js";

const globals = /** @type {any} */ (window);

/** @param {string} name @param {...any} entries */
const later = (name, ...entries) => (globals[name] ||= []).push(...entries);

/** @param {Purposes} purposes @param {boolean} first */
export const tiktok = ({ marketing }, first) => {
  const verb = marketing ? "grantConsent" : "revokeConsent";
  // With the vendor's snippet come the calls, which reach its library too.
  if (globals.ttq?.[verb]) {
    if (first) globals.ttq.unshift?.(["holdConsent"]);
    globals.ttq[verb]();
  } else if (first) ahead("ttq", [["holdConsent"], ...(marketing ? [[verb]] : [])]);
  else later("ttq", [verb]);
};

/** @param {Purposes} purposes @param {boolean} first */
export const matomo = ({ analytics }, first) => {
  const verb = analytics ? "setConsentGiven" : "forgetConsentGiven";
  if (first) ahead("_paq", [["requireConsent"], ...(analytics ? [[verb]] : [])]);
  else later("_paq", [verb]);
};

/** @param {Purposes} purposes @param {boolean} first */
export const hubspot = ({ analytics, marketing, preferences }, first) => {
  globals.disableHubSpotCookieBanner = true; // One banner in a page is enough.
  const consent = ["setHubSpotConsent", { analytics, advertisement: marketing, functionality: preferences }];
  if (first) ahead("_hsp", [consent]);
  else later("_hsp", consent, ...(analytics || marketing ? [] : [["revokeCookieConsent"]]));
};

/** @param {Purposes} purposes @param {boolean} first */
export const contentsquare = ({ analytics }, first) => {
  if (analytics) ahead("_uxa", [["optin"]]);
  else if (!first) later("_uxa", ["optout"]);
};
