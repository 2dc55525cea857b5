/**
 * What the page asked for, as the browser remembers it (Resource Timing), and what stands in its markup unmarked.
 */
import { kindOf } from "./marked.js";
import { remote } from "./owners.js";

/** @type {Record<string, string>} */
const KINDS = {
  script: "script",
  img: "image",
  image: "image",
  iframe: "frame",
  frame: "frame",
  css: "style",
  link: "link",
  video: "media",
  audio: "media",
  track: "media",
  fetch: "request",
  xmlhttprequest: "request",
  beacon: "request",
};

// A link of any other kind loads nothing.
const LINKS = ["stylesheet", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch", "icon", "manifest"]
  .map((rel) => `link[rel~="${rel}"][href]`)
  .join();
const UNMARKED = `script[src],iframe[src],img[src],video[src],audio[src],${LINKS}`;

/** Beyond the browser's own buffer, which is soon full. @type {Map<string, PerformanceResourceTiming>} */
const remembered = new Map();

/** @param {PerformanceEntryList} entries */
export const remember = (entries) => {
  for (const entry of /** @type {PerformanceResourceTiming[]} */ (entries))
    if (!remembered.has(entry.name)) remembered.set(entry.name, entry);
};

/** Every request of the page by its address, the first to it first. @returns {Map<string, {kind: string, url: URL, after_ms: number | null}>} */
export const requests = () => {
  remember(performance.getEntriesByType("resource"));
  const found = new Map();
  for (const { name, initiatorType, startTime } of remembered.values()) {
    const url = remote(name);
    if (url) found.set(url.href, { kind: KINDS[initiatorType] || "other", url, after_ms: Math.round(startTime) });
  }
  return found;
};

/** What unmarked elements load, of which no request was seen (yet). @param {ReturnType<typeof requests>} seen */
export const unmarked = (seen) => {
  const found = new Map();
  for (const element of document.querySelectorAll(UNMARKED)) {
    const { currentSrc, src, href } = /** @type {any} */ (element);
    const url = remote(currentSrc || src || href);
    if (!url || seen.has(url.href) || element.matches("[data-consent],[data-consent-once],#jutt-inspect *,#jutt-consent *")) continue;
    if (/** @type {HTMLScriptElement} */ (element).type == "text/plain") continue; // It never runs.
    found.set(url.href, { kind: kindOf(element), url, after_ms: null });
  }
  return found;
};
