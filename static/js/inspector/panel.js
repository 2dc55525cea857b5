/**
 * The overlay, `#jutt-inspect`: a region beside the page that takes the focus when it opens, gives it back when it goes,
 * and never blocks the page. State is a word and a shape first; colour repeats it.
 *
 * @typedef {import("./marked.js").Found} Found
 * @typedef {import("../extra.js").Tools} Tools
 */
import { copying } from "./copying.js";
import { config } from "./config.js";
import { list, shape } from "./items.js";
import { GROUPS, groupOf } from "./rows.js";

const GROUP = `<section><h3></h3><p></p><ul role="list"></ul></section>`;
const SNIPPET = `<div><label></label><textarea readonly spellcheck="false" translate="no"></textarea><button type="button"></button><p role="status"></p></div>`;
const OWN = `<details><summary></summary><ul role="list"></ul></details>`;
const MARKUP = `<section id="jutt-inspect" tabindex="-1"><header><h2></h2><button type="button"></button></header><ul role="list"></ul><p></p>${GROUP}${GROUP}${GROUP}${GROUP}${OWN}</section>`;

/** @param {Element} within @param {string} selector */
const one = (within, selector) => /** @type {HTMLElement} */ (within.querySelector(selector));

/** @param {Found[]} rows @param {Record<string, string>} words */
const tally = (rows, words) => {
  const third = rows.filter((row) => groupOf(row) != "own");
  return ["unknown", "leaks", "held", "let_through"].map((state) => {
    const count = third.filter((row) => (row.unknown ? "unknown" : row.state) == state).length;
    const line = document.createElement("li");
    line.className = count ? state : `${state} none`;
    line.append(shape(state), ` ${words[state]} `, Object.assign(document.createElement("b"), { textContent: count }));
    return line;
  });
};

/** @param {Tools} tools @returns {{panel: HTMLElement, show: (rows: Found[]) => void}} */
export const made = ({ language, parse, config: { languages } }) => {
  const words = config.texts[language];
  const panel = /** @type {HTMLElement} */ (parse(MARKUP).children[0]);
  const groups = [...panel.querySelectorAll(":scope > section, :scope > details")];
  panel.lang = language;
  // Opposite the notice.
  if (getComputedStyle(document.documentElement).getPropertyValue("--consent-position").trim() == "right") panel.className = "left";
  panel.setAttribute("aria-label", words.title);
  one(panel, "h2").textContent = words.title;
  one(panel, "header button").textContent = words.close;
  one(panel, ":scope > p").textContent = words.intro;
  groups[0].append(parse(SNIPPET));
  groups.forEach((group, index) => {
    const note = group.querySelector("p");
    if (note) note.textContent = words[`about_${GROUPS[index]}`] || "";
  });
  const fill = copying(one(panel, "textarea").parentElement, words, languages);
  let last = "";
  const show = (/** @type {Found[]} */ rows) => {
    const news = JSON.stringify(rows);
    if (news == last) return;
    last = news;
    one(panel, ":scope > ul").replaceChildren(...tally(rows, words));
    groups.forEach((group, index) => {
      const mine = rows.filter((row) => groupOf(row) == GROUPS[index]);
      /** @type {HTMLElement} */ (group).hidden = !mine.length;
      one(group, "h3, summary").textContent = `${words[`group_${GROUPS[index]}`]} (${mine.length})`;
      list(one(group, "ul"), mine, words, language);
    });
    fill(rows);
  };
  return { panel, show };
};
