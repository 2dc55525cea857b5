/**
 * Whose an address is, by the hosts that services declare. A host that several declare is let be once one of them is
 * granted; hosts of nobody, and the page's own, are no concern of ours.
 *
 * @typedef {Record<string, string[]>} Hosts patterns per service, as policies write them: a name, or `*.` and a name
 */

/** @param {any} address @returns {string} in lower case and without the root's dot; empty where it has none */
export const hostOf = (address) => {
  try {
    return new URL(address, document.baseURI).hostname.replace(/\.$/, "");
  } catch {
    return "";
  }
};

/** @param {string} pattern @param {string} host */
export const fits = (pattern, host) => (pattern[0] == "*" ? host.endsWith(pattern.slice(1)) : host == pattern);

/** How closely a pattern fits: 0 is not at all; a host's own name is closest. @param {string} host @param {string} pattern */
const closeness = (host, pattern) => (fits(pattern, host) ? (host == pattern ? Infinity : pattern.length) : 0);

/**
 * The services that a host belongs to, the closest first, of equals the policy's first. A host below `localhost` may stand
 * in for another, as in the demo and in `verify`.
 *
 * @param {string} host @param {Hosts} hosts
 */
export const ownersOf = (host, hosts) => {
  const names = [host, host.replace(/(\..+)\.localhost$/, "$1")];
  const fit = (/** @type {string} */ id) => Math.max(0, ...names.flatMap((name) => hosts[id].map((pattern) => closeness(name, pattern))));
  const found = Object.keys(hosts).map((id) => ({ id, fit: fit(id) }));
  return found.filter(({ fit }) => fit).sort((a, b) => (a.fit == b.fit ? 0 : b.fit - a.fit)).map(({ id }) => id);
};

/** Each service's hosts alone. @param {Record<string, {hosts: string[]}>} services @returns {Hosts} */
export const hostsOf = (services) => Object.fromEntries(Object.entries(services).map(([id, { hosts }]) => [id, hosts]));

/** @param {string} address @param {Hosts} hosts @param {(service: string) => boolean} allows */
export const refusedAt = (address, hosts, allows) => {
  const host = hostOf(address);
  const owners = ownersOf(host, hosts);
  return host != location.hostname && owners.length > 0 && !owners.some(allows);
};
