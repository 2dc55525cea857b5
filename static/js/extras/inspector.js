/**
 * The inspector: `consentBanner.inspect()`, or `#consent-inspect` at the end of a page's address. Lists every tag and
 * request of the page, whose it is, whether it is held or let through, and why; follows the page while it stands open.
 *
 * @typedef {import("../extra.js").Tools} Tools
 */
import style from "../../css/inspector.css";
import { made } from "../inspector/panel.js";
import { remember } from "../inspector/requests.js";
import { plain, rows } from "../inspector/rows.js";
import { watchWall } from "../inspector/walled.js";

/** What stands open. @type {{panel: HTMLElement, update: () => void, close: () => void} | null} */
let opened = null;
let styled = false;

/** Calls when something of the page changes, soon, and once for all that comes together. @param {HTMLElement} panel @param {() => void} update */
const follow = (panel, update) => {
  /** @type {number | undefined} */
  let timer;
  const soon = () => (timer ??= setTimeout(() => ((timer = undefined), update()), 100));
  const requests = new PerformanceObserver((list) => (remember(list.getEntries()), soon()));
  requests.observe({ type: "resource", buffered: true });
  const elements = new MutationObserver((changes) => changes.some(({ target }) => !panel.contains(target)) && soon());
  const attributeFilter = ["data-consent", "data-consent-once", "src", "href", "srcset", "type"];
  elements.observe(document, { childList: true, subtree: true, attributeFilter });
  const stops = /** @type {const} */ (["ready", "change"]).map((event) => window.consentBanner.on(event, soon));
  const unwatch = watchWall(soon);
  return () => {
    clearTimeout(timer);
    unwatch();
    requests.disconnect();
    elements.disconnect();
    stops.forEach((stop) => stop());
  };
};

/** @param {Tools} tools */
const open = (tools) => {
  const opener = /** @type {HTMLElement | null} */ (document.activeElement);
  const { panel, show } = made(tools);
  const update = () => {
    if (!panel.isConnected) document.body.append(panel); // A page's script may have put another body there.
    show(rows());
  };
  const stop = follow(panel, update);
  const close = () => {
    opened = null;
    stop();
    const inside = panel.contains(document.activeElement);
    panel.remove();
    if (inside) opener?.focus();
  };
  panel.addEventListener("keydown", ({ key }) => key == "Escape" && close());
  panel.querySelector("button")?.addEventListener("click", close);
  return { panel, update, close };
};

/** @param {Tools} tools @returns {Promise<import("../consent-banner").InspectedRow[]>} */
export default async (tools) => {
  if (!document.body) await new Promise((done) => document.addEventListener("DOMContentLoaded", done));
  if (!styled) tools.adopt(style);
  styled = true;
  if (opened && opened.panel.lang != tools.language) opened.close();
  opened ||= open(tools);
  await new Promise((done) => setTimeout(done)); // Earlier reports of what was held back come in a task of their own.
  opened?.update();
  opened?.panel.focus({ preventScroll: true });
  return rows().map(plain);
};
