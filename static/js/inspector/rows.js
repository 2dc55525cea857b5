/**
 * Everything of this page in rows: strangers first, then what leaks, what is marked, what services asked for, and last
 * what is the site's own.
 *
 * @typedef {import("./marked.js").Found} Found
 */
import { config } from "./config.js";
import { loaded } from "./grounds.js";
import { marked } from "./marked.js";
import { ownerOf, ownParty } from "./owners.js";
import { requests, unmarked } from "./requests.js";
import { walled } from "./walled.js";

/** @param {{kind: string, url: URL, after_ms: number | null}} request @returns {Found} */
const requested = ({ kind, url, after_ms }) => {
  const owner = ownerOf(url);
  const party = ownParty(url);
  const passed = owner ? loaded(owner, after_ms) : { state: "let_through", why: party || "unknown_host" };
  const { state, why } = walled(url, kind) ? { state: "held", why: "csp" } : passed;
  const category = owner && config.services[owner].category;
  const row = { kind, address: url.href, service: owner, category, state, why, after_ms, name: owner, owner };
  return /** @type {Found} */ ({ ...row, unknown: !owner && !party, marked: false });
};

/** @param {Found} row */
export const groupOf = ({ unknown, state, marked, owner }) =>
  unknown ? "unknown" : state == "leaks" ? "leaks" : marked ? "marked" : owner ? "services" : "own";

export const GROUPS = ["unknown", "leaks", "marked", "services", "own"];

/** @returns {Found[]} */
export const rows = () => {
  const seen = requests();
  const elements = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-consent],[data-consent-once]"));
  const tags = [...elements].map((element) => marked(element, seen));
  const shown = new Set(tags.filter(({ state }) => state != "held").map(({ address }) => address));
  const others = [...seen.values(), ...unmarked(seen).values()].filter(({ url }) => !shown.has(url.href));
  const all = [...tags, ...others.map(requested)];
  return GROUPS.flatMap((group) => all.filter((row) => groupOf(row) == group));
};

/** As `inspect()` answers. @param {Found} row @returns {import("../consent-banner").InspectedRow} */
export const plain = ({ kind, address, service, category, state, why, after_ms }) => ({
  kind, address, service, category, state, why, after_ms,
});
