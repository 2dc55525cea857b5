/**
 * The notice: shown while the visitor has not decided, gone from the layout afterwards. It is not modal, takes no focus
 * and ignores Escape. What was saved is said in a live region, with the date until when it holds.
 */
import { config, root, script } from "./config.js";
import { categoryOf, required } from "./decision.js";
import { language } from "./language.js";
import { askAnew, layer, load, since } from "./layers.js";
import { fill } from "./preferences.js";
import { makeRoom } from "./room.js";
import { decision } from "./standing.js";

/** Whether this page has asked; a refusal that waits leaves the notice as it stood. */
let asking = false;

/** @param {string} name @returns {HTMLElement} */
export const part = (name) => /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (layer).querySelector(`[data-consent-part=${name}]`));

const ignore = () => {};

export const refresh = () => {
  if (!decision) return;
  const { decided, reason, previous_revision } = decision;
  if (!layer) return void load().catch(ignore);
  if (previous_revision && since == null) return void askAnew(previous_revision).catch(refresh);
  if (reason != "pending") asking = !decided && reason != "unreachable";
  part("notice").hidden = !asking;
  part("launcher").hidden = asking || !decided || script.dataset.launcher == "off";
  makeRoom(asking ? part("notice") : null);
  document.querySelectorAll("[data-consent-preferences]").forEach(fill);
  if (asking) (window.requestIdleCallback || setTimeout)(() => load().catch(ignore));
};

/** @param {string} [text] */
export const say = (text = "") => {
  const regions = layer?.querySelectorAll("[role=status]") || [];
  regions.forEach((region) => (region.textContent = ""));
  setTimeout(() => regions.forEach((region) => (region.textContent = text)), 100); // A change is announced, a new region is not.
};

/** What now holds, in the visitor's words. */
export const sentence = () => {
  const { names = "{}", some = "", none = "", other = "" } = layer?.dataset || {};
  const { categories, services, expires_at } = /** @type {import("./decision.js").Decision} */ (decision);
  const labels = JSON.parse(names);
  const allowed = Object.keys(categories)
    .filter((id) => categories[id] && !required(id))
    .map((id) => labels[id]);
  if (Object.keys(services).some((id) => services[id] != categories[categoryOf(id)])) allowed.push(other);
  return (allowed[0] ? some.replace("{names}", allowed.join(", ")) : none).replace("{date}", day(expires_at));
};

/** @param {string | null} moment @returns {string} `21. mai 2027` */
export const day = (moment) => new Date(moment || 0).toLocaleDateString(language, { dateStyle: "long" });
