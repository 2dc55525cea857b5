/**
 * What services without a grant left where `cleanup.js` does not look: partitioned cookies (CHIPS), databases, answers in
 * caches, and service workers. Nothing that the page's own author keeps is touched.
 *
 * A worker's file is always of the page's own origin, so only its text says whose it is: one that does nothing but import
 * scripts from hosts of such services is theirs. One with a line of its own is the site's, and stays.
 *
 * @typedef {import("./extra.js").Tools} Tools
 */
import { refusedAt } from "./belonging.js";
import { refused } from "./refused.js";

const allows = (/** @type {string} */ name) => window.consentBanner.allows(name);

/** @param {string} name */
const expire = (name) => {
  const labels = location.hostname.split(".");
  const domains = ["", ...labels.map((_, depth) => ";domain=" + labels.slice(depth).join("."))];
  let path = "";
  for (const part of location.pathname.split("/"))
    for (const step of [part, "/"]) {
      path += step;
      for (const domain of domains) document.cookie = `${name}=;max-age=0;path=${path}${domain};secure;partitioned`;
    }
};

/** @param {RegExp} names */
const cookies = (names) => {
  for (const cookie of document.cookie.split("; ")) {
    const [name] = cookie.split("=");
    if (names.test("c" + name)) expire(name);
  }
};

/** @param {RegExp} names */
const databases = async (names) => {
  for (const { name } of await indexedDB.databases()) if (names.test("i" + name)) indexedDB.deleteDatabase(/** @type {string} */ (name));
};

/** @param {(address: string) => boolean} theirs */
const cached = async (theirs) => {
  for (const key of await caches.keys()) {
    const cache = await caches.open(key);
    for (const request of await cache.keys()) if (theirs(request.url)) await cache.delete(request, { ignoreVary: true });
  }
};

const COMMENTS = /\/\*[^]*?\*\/|(^|\s)\/\/[^\n]*/g;
const STUB = /^(?:\s*importScripts\(\s*(?:["'][^"'\\]+["']\s*,?\s*)+\)\s*;?)+\s*$/;

/** @param {string} text a worker's @param {(address: string) => boolean} theirs */
export const isTheirs = (text, theirs) => {
  const code = text.replace(COMMENTS, "").replace(/^\s*["']use strict["'];?/, "");
  return STUB.test(code) && [...code.matchAll(/["']([^"']+)["']/g)].every(([, address]) => theirs(address));
};

/** @param {(address: string) => boolean} theirs */
const workers = async (theirs) => {
  for (const each of await navigator.serviceWorker.getRegistrations()) {
    const { scriptURL } = /** @type {ServiceWorker} */ (each.active || each.waiting || each.installing);
    const answer = await fetch(scriptURL);
    if (answer.ok && isTheirs(await answer.text(), theirs)) await each.unregister();
  }
};

/** @param {Tools} tools @param {Record<string, string[]>} hosts per service @returns {Promise<unknown>} never rejects */
export const clear = (tools, hosts) => {
  const names = refused(tools.config.storage, allows);
  const theirs = (/** @type {string} */ address) => refusedAt(address, hosts, allows);
  // Each by itself: a browser may lack one, or forbid it here.
  return Promise.allSettled([cookies, databases].map(async (take) => take(names)).concat([cached, workers].map((take) => take(theirs))));
};
