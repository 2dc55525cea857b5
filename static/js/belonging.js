/**
 * Whose an address is, for the files that are fetched when needed (`extras/`). A host that several services declare is
 * let be once one of them is granted; hosts of nobody, and the page's own, are no concern of ours.
 */

/** @param {string} pattern as policies write it: a name, or `*.` and a name @param {string} host */
export const fits = (pattern, host) => (pattern[0] == "*" ? host.endsWith(pattern.slice(1)) : host == pattern);

/**
 * @param {string} address
 * @param {Record<string, string[]>} hosts per service
 * @param {(service: string) => boolean} allows
 */
export const refusedAt = (address, hosts, allows) => {
  const { hostname } = new URL(address, document.baseURI);
  const owners = Object.keys(hosts).filter((service) => hosts[service].some((pattern) => fits(pattern, hostname)));
  return hostname != location.hostname && owners.length > 0 && !owners.some(allows);
};
