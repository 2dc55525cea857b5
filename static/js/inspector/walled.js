/**
 * What a Content-Security-Policy held back (the wall, or one of the page's own): told by the browser's reports, which
 * reach back to before the inspector came; and by events, for browsers that report nothing to a page.
 */

/** @type {Set<string>} */
const blocked = new Set();

/** @param {any} report */
const note = ({ disposition, blockedURL, blockedURI = blockedURL }) => {
  if (disposition == "enforce") blocked.add(blockedURI);
};

/** @param {URL} url */
export const walled = (url) => blocked.has(url.href) || blocked.has(url.href.replace(/#.*/, ""));

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
