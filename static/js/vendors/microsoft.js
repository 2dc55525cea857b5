/**
 * Microsoft Advertising (UET) and Microsoft Clarity. Clarity spells its keys with a capital S.
 * Sources: https://help.ads.microsoft.com/apex/index/3/en/60119,
 * https://learn.microsoft.com/en-us/clarity/setup-and-installation/clarity-consent-api-v2
 *
 * @typedef {import("../extras/vendors.js").Purposes} Purposes
 */
import { ahead, said } from "./queue.js";

const word = (/** @type {boolean} */ granted) => (granted ? "granted" : "denied");

/** @param {Purposes} purposes @param {boolean} first */
export const uet = ({ marketing }, first) => {
  const update = ["consent", "update", { ad_storage: word(marketing) }];
  if (first) ahead("uetq", ["consent", "default", { ad_storage: "denied" }, ...update]);
  else /** @type {any} */ (window).uetq.push(...update);
};

/** @param {Purposes} purposes @param {boolean} first */
export const clarity = ({ analytics, marketing }, first) => {
  const globals = /** @type {any} */ (window);
  // The vendor's snippet takes a function that is there already for its own.
  globals.clarity ||= function () {
    (globals.clarity.q ||= []).push(arguments);
  };
  const consent = said("consentv2", { ad_Storage: word(marketing), analytics_Storage: word(analytics) });
  const { q } = globals.clarity;
  first && q ? q.unshift(consent) : globals.clarity(...consent);
};
