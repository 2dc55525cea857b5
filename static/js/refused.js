/**
 * What must not be stored here: the names that services without a grant declare, each behind a letter for its kind (`c`,
 * `l`, `s`, `i`). A name that a granted service also declares stays.
 *
 * @param {Record<string, string[]>} storage as in the configuration @param {(service: string) => boolean} allows
 */
export const refused = (storage, allows) => {
  const names = (/** @type {boolean} */ granted) =>
    Object.keys(storage).flatMap((service) => (allows(service) == granted ? storage[service].slice(1) : []));
  const kept = names(true);
  const doomed = names(false).filter((name) => !kept.includes(name));
  return RegExp(`^(${doomed.join("|").replace(/[^\w|*]/g, "\\$&").replace(/\*/g, ".*")})$`, "s");
};
