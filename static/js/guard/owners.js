/**
 * Whose an address is. A host that several services declare is let through once one of them is granted; hosts of nobody,
 * and the page's own, are no concern of the guard's.
 */
import { config } from "../config.js";
import { allows } from "../standing.js";

const hosts = Object.entries(/** @type {Record<string, string[]>} */ (config.hosts));

/** What an address must have in it to lead elsewhere; and what markup may write such a thing with. */
export const ABROAD = /[:\\&\t\n\r]|\/\//;

/** @param {any} address as the page wrote it @returns {string | undefined} the service that it must wait for */
export const keeper = (address) => {
  if (!ABROAD.test(address)) return;
  try {
    const host = new URL(address, document.baseURI).hostname.replace(/\.$/, "");
    if (!host || host == location.hostname) return;
    const owners = hosts.filter(([, names]) => names.some((name) => (name[0] == "*" ? host.endsWith(name.slice(1)) : host == name)));
    if (!owners.some(([service]) => allows(service))) return owners[0]?.[0];
  } catch {} // No address at all: the browser will say so.
};
