/**
 * Deletes what services that are not granted left in this browser: declared cookies (host-only and of every parent
 * domain, on every path that leads here), local and session storage, IndexedDB. A name that a granted service also
 * declares stays. HttpOnly and third-party cookies are out of a script's reach: the declaration says so.
 */
import { config } from "./config.js";
import { allows } from "./standing.js";

/** @param {boolean} granted @returns {RegExp} the names that services declare which are, or are not, granted */
const names = (granted) =>
  RegExp(
    `^(${Object.keys(config.storage)
      .filter((service) => allows(service) == granted)
      .flatMap((service) => config.storage[service])
      .map((name) => name.replace(/[^\w*]/g, "\\$&").replace(/\*/g, ".*"))
      .join("|")})$`,
  );

/** @param {string} name a cookie's */
const expire = (name) => {
  for (let domain = "." + location.hostname; domain; domain = domain.replace(/^\.?[^.]*/, "")) {
    let path = "";
    for (const part of location.pathname.split(/(?=\/)|(?<=\/)/)) {
      path += part;
      for (const scope of ["", ";domain=" + domain]) document.cookie = `${name}=;max-age=0;path=${path}${scope}`;
    }
  }
};

export const forget = () => {
  const granted = names(true);
  const refused = names(false);
  /** @param {string} kind @param {string[]} keys @param {(key: string) => void} remove */
  const clear = (kind, keys, remove) =>
    keys.forEach((key) => refused.test(kind + key) && !granted.test(kind + key) && remove(key));
  clear("c", document.cookie.split(/=.*?(?:; |$)|; /), expire);
  for (const place of /** @type {const} */ (["localStorage", "sessionStorage"]))
    try {
      clear(place[0], Object.keys(window[place]), (key) => window[place].removeItem(key));
    } catch {}
  window.indexedDB?.databases?.().then((list) => clear("i", list.map(({ name = "" }) => name), (name) => indexedDB.deleteDatabase(name)), () => {});
};
