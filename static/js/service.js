/** Asks the service. A good answer is its JSON; all else is thrown as a problem (RFC 9457). */
import { base } from "./config.js";

/** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
export const ask = async (path, options) => {
  // No other option: a preloaded check is used only by a fetch of the same address, mode and cache mode.
  const response = await fetch(base + path, {
    credentials: "include",
    signal: AbortSignal.timeout(options ? 15e3 : 5e3),
    ...options,
  });
  const type = response.headers.get("content-type") || "";
  if (response.status == 200 && /^application\/json *(;|$)/i.test(type)) return response.json();
  throw /json/.test(type) ? await response.json() : { type: "about:blank", title: response.statusText, status: response.status };
};
