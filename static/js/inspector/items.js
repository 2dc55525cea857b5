/**
 * One row as a marketer reads it: whose address, what became of it and when, and why.
 *
 * @typedef {import("./marked.js").Found} Found
 */
import { config } from "./config.js";
import { remote } from "./owners.js";

const SVG = "http://www.w3.org/2000/svg";

/** A ring waits, a disc is through, a triangle warns, a cross is unknown: as in the reports. @type {Record<string, string>} */
const SHAPES = {
  held: "M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 1 0 0-9",
  let_through: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 1 0 0-11",
  leaks: "M8 2 14.5 13.5h-13z",
  unknown: "M3.5 3.5l9 9m0-9l-9 9",
};

/** @param {string} state */
export const shape = (state) => {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[state]);
  svg.append(path);
  return svg;
};

/** @param {string} tag @param {...(string | Node)} children */
const element = (tag, ...children) => {
  const made = document.createElement(tag);
  made.append(...children);
  return made;
};

/** @param {Found} row @param {Record<string, string>} words */
const title = ({ address, kind }, words) => {
  const url = remote(address);
  if (!url || address == "inline") return [element("b", `${words[`kind_${kind}`]}, ${words.inline}`)];
  const rest = url.pathname + url.search;
  const short = rest.length > 72 ? `${rest.slice(0, 48)}…${rest.slice(-20)}` : rest;
  return [element("b", url.host), element("span", short == "/" ? "" : short)];
};

/** @param {Found} row @param {Record<string, string>} words @param {string} language */
const reason = ({ why, name, owner }, words, language) =>
  words[`why_${why}`]
    .replace("{name}", () => name || "")
    .replace("{owner}", () => (owner ? config.services[owner].name[language] : ""));

/** @param {Found} row @param {Record<string, string>} words @param {string} language */
const about = (row, words, language) => {
  const { service, category, kind, address, marked, name, why } = row;
  const whose = service && why != "mislabelled" && config.services[service].name[language];
  const purpose = category && config.categories[category].name[language];
  const facts = [address != "inline" && words[`kind_${kind}`], whose, purpose, reason(row, words, language)];
  const line = element("p", facts.filter((each) => each).join(" · "));
  if (marked) line.append(" ", element("code", `data-consent="${name}"`));
  return line;
};

/** @param {Found} row @param {Record<string, string>} words @param {string} language */
const item = (row, words, language) => {
  const { unknown, state, after_ms } = row;
  const when = after_ms == null ? "" : `${after_ms.toLocaleString(language)} ms`;
  const said = unknown ? `${words.unknown}, ${words[state]}` : words[state];
  const made = element(
    "li",
    shape(unknown ? "unknown" : state),
    element("p", ...title(row, words)),
    element("p", element("b", said), element("span", when)),
    about(row, words, language),
  );
  made.className = unknown ? "unknown" : state;
  return made;
};

/** What each list shows, by what is said. @type {WeakMap<Element, Map<string, HTMLElement>>} */
const shown = new WeakMap();

/** Shows rows in a list; what stays the same stays the same element, so that a selection survives. @param {HTMLElement} place @param {Found[]} rows @param {Record<string, string>} words @param {string} language */
export const list = (place, rows, words, language) => {
  const before = shown.get(place) || new Map();
  const now = new Map();
  for (const row of rows) {
    let key = JSON.stringify(row);
    while (now.has(key)) key += "+"; // Two that say the same are two.
    now.set(key, before.get(key) || item(row, words, language));
  }
  if ([...now.keys()].join() != [...before.keys()].join()) place.replaceChildren(...now.values());
  shown.set(place, now);
};
