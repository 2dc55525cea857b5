/**
 * Deletes what services that are not granted left in this browser: declared cookies (host-only and of every parent
 * domain, on every path that leads here), local and session storage, IndexedDB. A name that a granted service also
 * declares stays. HttpOnly and third-party cookies are out of a script's reach: the declaration says so.
 */
import { config } from "./config.js";
import { allows } from "./standing.js";

/** @param {boolean} granted @returns {RegExp} the declared names of services that are, or are not, granted */
const names = (granted) =>
  RegExp(
    `^(${Object.keys(config.storage)
      .filter((service) => allows(service) == granted)
      .flatMap((service) => config.storage[service])
      .map((name) => name.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*"))
      .join("|")})$`,
  );

/** @param {string} name a cookie's */
const expire = (name) => {
  const labels = location.hostname.split(".");
  for (const domain of ["", ...labels.map((_, index) => ";domain=" + labels.slice(index).join("."))]) {
    let path = "";
    for (const part of location.pathname.split("/"))
      for (const step of [part, "/"]) document.cookie = `${name}=;max-age=0;path=${(path += step)}${domain}`;
  }
};

export const forget = () => {
  const granted = names(true);
  const refused = names(false);
  const doomed = (/** @type {string} */ key) => refused.test(key) && !granted.test(key);
  for (const cookie of document.cookie.split("; ")) {
    const name = cookie.split("=")[0];
    if (doomed("c" + name)) expire(name);
  }
  for (const place of /** @type {const} */ (["localStorage", "sessionStorage"]))
    try {
      for (const key of Object.keys(window[place])) if (doomed(place[0] + key)) window[place].removeItem(key);
    } catch {}
  window.indexedDB?.databases?.().then(
    (list) => list.forEach(({ name = "" }) => doomed("i" + name) && indexedDB.deleteDatabase(name)),
    () => {},
  );
};
