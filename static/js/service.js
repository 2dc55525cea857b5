/** Asks the service. A good answer is JSON, or markup; all else is thrown as a problem (RFC 9457); its `status` is 0 where no answer came. */
import { base } from "./config.js";

/** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
export const ask = async (path, options) => {
  let status = 0;
  let problem;
  try {
    // The check has no other option: a preloaded one is used only by a fetch of the same address, mode and cache mode.
    const response = await fetch(base + path, { credentials: "include", signal: AbortSignal.timeout(5e3), ...options });
    const text = await response.text();
    const type = /** @type {string} */ (response.headers.get("content-type"));
    status = response.status;
    if (status == 200) return /^application\/json *(;|$)/i.test(type) ? JSON.parse(text) : text;
    problem = JSON.parse(text);
  } catch {}
  throw { ...problem, status };
};
