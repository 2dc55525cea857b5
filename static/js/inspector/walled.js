/**
 * What a Content-Security-Policy held back (the wall, or one of the page's own): told by the browser's reports, which in
 * Chromium reach back to before the inspector came; and by events, which every browser sends from then on.
 */

/** @type {Set<string>} */
const blocked = new Set();

/** @param {any} report */
const note = ({ disposition, blockedURL, blockedURI = blockedURL }) => {
  if (disposition == "enforce") blocked.add(blockedURI);
};

/** A frame is reported by its origin alone. @param {URL} url @param {string} kind */
export const walled = (url, kind) => blocked.has(url.href.replace(/#.*/, "")) || (kind == "frame" && blocked.has(url.origin));

/** Calls when something more was held back. @param {() => void} soon @returns {() => void} stops that */
export const watchWall = (soon) => {
  const heard = (/** @type {any} */ event) => (note(event), soon());
  document.addEventListener("securitypolicyviolation", heard);
  const { ReportingObserver } = /** @type {any} */ (window);
  const reports =
    ReportingObserver &&
    new ReportingObserver((/** @type {any[]} */ list) => (list.forEach(({ body }) => note(body)), soon()), {
      types: ["csp-violation"],
      buffered: true,
    });
  reports?.observe();
  return () => {
    document.removeEventListener("securitypolicyviolation", heard);
    reports?.disconnect();
  };
};
