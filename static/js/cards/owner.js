/**
 * Whose a host is, by the policy: the service that names it, else the one with the closest wildcard; of several, one
 * that is granted, since that lets the host through.
 *
 * @param {string} host @param {Record<string, {hosts: string[]}>} services @param {(id: string) => boolean} [granted]
 * @returns {string | undefined} its id
 */
export const ownerOf = (host, services, granted = () => true) => {
  const [name, ...labels] = host.toLowerCase().replace(/\.$/, "").split(".");
  const patterns = [[name, ...labels].join("."), ...labels.map((_, depth) => "*." + labels.slice(depth).join("."))];
  const owners = patterns.flatMap((pattern) => Object.keys(services).filter((id) => services[id].hosts.includes(pattern)));
  return owners.find(granted) || owners[0];
};

/** @param {string | undefined} address @returns {string} empty where it has no host */
export const hostOf = (address) => {
  try {
    return new URL(/** @type {string} */ (address), document.baseURI).hostname;
  } catch {
    return "";
  }
};
