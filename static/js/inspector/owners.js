/**
 * Whose an address is: a service's of the policy, the site's own, the consent service's, or a stranger's.
 *
 * What is the site's own is told without a list of public suffixes in the page: the server, which has one, names the
 * registrable domains of the policy's origins. On a page outside them the host itself counts (without `www.`), with all
 * below it and its parents of two labels or more; a sibling is then a stranger: shown in red rather than passed over.
 */
import { hostOf, hostsOf, ownersOf } from "../belonging.js";
import { base, config } from "./config.js";

/** @param {string} address @returns {URL | null} null for what never leaves the browser */
export const remote = (address) => {
  try {
    const url = new URL(address, document.baseURI);
    return /^(https?|wss?):$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
};

const below = (/** @type {string} */ host, /** @type {string} */ parent) => host == parent || host.endsWith("." + parent);

/** The service that a request counts for: of several with the host, one that is granted. @param {URL} url @returns {string | null} */
export const ownerOf = (url) => {
  const all = ownersOf(hostOf(url), hostsOf(config.services));
  return all.find((id) => window.consentBanner.allows(id)) ?? all[0] ?? null;
};

/** @param {URL} url @returns {"consent_service" | "first_party" | null} null for a third party */
export const ownParty = (url) => {
  const host = hostOf(url);
  const service = new URL(base);
  if (url.href.startsWith(base) || (host == service.hostname && host != location.hostname)) return "consent_service";
  const here = location.hostname.replace(/^www\./, "");
  const sites = config.sites.filter((site) => below(here, site));
  const parent = host.includes(".") && below(here, host);
  return parent || [here, location.hostname, ...sites].some((site) => below(host, site)) ? "first_party" : null;
};

/** The catalogue's entry for a host that the policy does not name. @param {string} host @returns {string | undefined} its id */
export const knownAs = (host) => ownersOf(host, hostsOf(config.catalogue))[0];
