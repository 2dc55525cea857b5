/**
 * Deletes what services that are not granted left in this browser: declared cookies (host-only and of every parent
 * domain, on every path that leads here), local and session storage. A name that a granted service also
 * declares stays. What a script cannot reach, `HttpOnly` cookies, the service itself
 * expires; those of other sites nobody here can: the declaration says so.
 */
import { config } from "./config.js";
import { allows } from "./standing.js";

/** @param {boolean} granted @returns {string[]} what services declare that are, or are not, granted */
const names = (granted) =>
  Object.keys(config.storage).flatMap((service) => (allows(service) == granted ? config.storage[service] : []));

/** Expire a cookie of this domain, of every parent domain and, last, of this host alone. @param {string} name */
const expire = (name, domain = location.hostname) => {
  let path = "";
  for (const part of location.pathname.split("/"))
    for (const step of [part, "/"]) document.cookie = `${name}=;max-age=0;path=${(path += step)}${domain && ";domain=" + domain}`;
  if (domain) expire(name, domain.replace(/^[^.]*\.?/, ""));
};

/** What must not be stored here, each name behind a letter for its kind. */
export const refused = (kept = names(true), doomed = names(false).filter((name) => !kept.includes(name))) =>
  RegExp(`^(${doomed.join("|").replace(/[^\w|*]/g, "\\$&").replace(/\*/g, ".*")})$`);

export const forget = () => {
  const pattern = refused();
  for (const cookie of document.cookie.split(/=[^;]*;? */)) if (pattern.test("c" + cookie)) expire(cookie);
  try {
    for (const place of [localStorage, sessionStorage])
      for (const key of Object.keys(place)) if (pattern.test((place == localStorage ? "l" : "s") + key)) place.removeItem(key);
  } catch {} // Storage may be forbidden.
};
