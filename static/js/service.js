/** Asks the service. A good answer is JSON, or markup; all else is thrown, as a problem (RFC 9457) if it is one. */
import { base } from "./config.js";

/** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
export const ask = async (path, options) => {
  // The check has no other option: a preloaded one is used only by a fetch of the same address, mode and cache mode.
  const response = await fetch(base + path, { credentials: "include", signal: AbortSignal.timeout(5e3), ...options });
  const { status, headers, statusText } = response;
  const json = /^application\/(problem\+)?json *(;|$)/i.test(headers.get("content-type") || "");
  const answer = await response[json ? "json" : "text"]();
  if (status == 200) return answer;
  throw json ? answer : { type: "about:blank", title: statusText, status };
};
