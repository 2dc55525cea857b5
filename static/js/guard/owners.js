/**
 * Whose an address is. A host that several services declare is let through once one of them is granted; hosts of nobody,
 * and the page's own, are no concern of the guard's.
 */
import { fits, hostOf } from "../belonging.js";
import { config } from "../config.js";
import { allows } from "../standing.js";

const hosts = Object.entries(/** @type {Record<string, string[]>} */ (config.hosts));

/** What an address must have in it to lead elsewhere; and what markup may write such a thing with. */
export const ABROAD = /[:\\&\t\n\r]|\/\//;

/** @param {any} address as the page wrote it @returns {string | undefined} the service that it must wait for */
export const keeper = (address) => {
  const host = ABROAD.test(address) && hostOf(address);
  if (!host || host == location.hostname) return;
  const owners = hosts.filter(([, patterns]) => patterns.some((pattern) => fits(pattern, host)));
  if (!owners.some(([service]) => allows(service))) return owners[0]?.[0];
};
