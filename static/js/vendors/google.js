/**
 * Google Consent Mode v2: all seven signals, the default before anything else, an update on every change.
 * Source: https://developers.google.com/tag-platform/security/guides/consent
 *
 * @typedef {import("../extras/vendors.js").Purposes} Purposes
 */
import { ahead, said } from "./queue.js";

/** @param {Purposes} purposes */
const signals = ({ analytics, marketing, preferences }) => {
  const word = (/** @type {boolean} */ granted) => (granted ? "granted" : "denied");
  return {
    ad_storage: word(marketing),
    ad_user_data: word(marketing),
    ad_personalization: word(marketing),
    analytics_storage: word(analytics),
    functionality_storage: word(preferences),
    personalization_storage: word(preferences),
    security_storage: "granted",
  };
};

/** @param {Purposes} purposes @param {boolean} first @param {any} mode the policy's `[google_consent_mode]` */
export const google = (purposes, first, { mode, wait_for_update, ads_data_redaction, url_passthrough }) => {
  // In advanced mode the default was written into the page with the script, before Google's own.
  if (first && mode == "basic")
    ahead(
      "dataLayer",
      [
        said("consent", "default", { ...signals({ analytics: false, marketing: false, preferences: false }), wait_for_update }),
        said("set", "ads_data_redaction", ads_data_redaction),
        said("set", "url_passthrough", url_passthrough),
        said("consent", "update", signals(purposes)),
      ],
      // Plugins wrap this array's `push`, too.
      "google_tag_manager" in window,
    );
  else (window.dataLayer ||= []).push(said("consent", "update", signals(purposes)));
};
