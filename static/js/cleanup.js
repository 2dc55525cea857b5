/**
 * Deletes what services that are not granted left in this browser: declared cookies (host-only and of every parent
 * domain, on every path that leads here), local and session storage. A name that a granted service also
 * declares stays. What a script cannot reach, `HttpOnly` cookies, the service itself
 * expires; those of other sites nobody here can: the declaration says so.
 */
import { config } from "./config.js";
import { refused } from "./refused.js";
import { allows } from "./standing.js";

/** Expire a cookie of this domain, of every parent domain and, last, of this host alone. @param {string} name */
const expire = (name, domain = location.hostname) => {
  let path = "";
  for (const part of location.pathname.split("/"))
    for (const step of [part, "/"]) document.cookie = `${name}=;max-age=0;path=${(path += step)}${domain && ";domain=" + domain}`;
  if (domain) expire(name, domain.replace(/^[^.]*\.?/, ""));
};

export const forget = () => {
  const pattern = refused(config.storage, allows);
  for (const cookie of document.cookie.split(/=[^;]*;? */)) if (pattern.test("c" + cookie)) expire(cookie);
  try {
    for (const place of [localStorage, sessionStorage])
      for (const key of Object.keys(place)) if (pattern.test((place == localStorage ? "l" : "s") + key)) place.removeItem(key);
  } catch {} // Storage may be forbidden.
};
