/**
 * Whose a host is, by the policy: the service that names it, else the one with the closest wildcard. A host below
 * `localhost` may stand in for another, as in the demo.
 *
 * @param {string} host @param {Record<string, {hosts: string[]}>} services @returns {string | undefined} its id
 */
export const ownerOf = (host, services) => {
  const name = host.toLowerCase().replace(/\.$/, "");
  const patterns = [name, name.replace(/(\..+)\.localhost$/, "$1")].flatMap((each) => {
    const [, ...labels] = each.split(".");
    return [each, ...labels.map((_, depth) => "*." + labels.slice(depth).join("."))];
  });
  const names = (/** @type {string} */ pattern) => Object.keys(services).find((id) => services[id].hosts.includes(pattern));
  return patterns.map(names).find((id) => id);
};

/** @param {string | undefined} address @returns {string} empty where it has no host */
export const hostOf = (address) => {
  try {
    return new URL(/** @type {string} */ (address), document.baseURI).hostname;
  } catch {
    return "";
  }
};
