/**
 * The notice: shown while the visitor has not decided, gone from the layout afterwards. It is not modal, takes no focus
 * and ignores Escape. What was saved is said in a live region, with the date until when it holds.
 */
import { attributes } from "./config.js";
import { categoryOf } from "./decision.js";
import { language } from "./language.js";
import { askAnew, layer, load, since } from "./layers.js";
import { pending } from "./memory.js";
import { reserve } from "./room.js";
import { decision } from "./standing.js";

/** Whether this page asks; a refusal that waits leaves the notice as it stands. */
let asking = false;

export const ignore = () => {};

export const refresh = () => {
  if (!decision) return;
  const { decided, reason, previous_revision } = decision;
  if (!layer) load().catch(ignore);
  else if (previous_revision && since == null) askAnew(previous_revision).then(refresh, refresh);
  else {
    if (!pending()) asking = !decided && reason != "unreachable";
    const [notice, , launcher] = /** @type {HTMLCollectionOf<HTMLElement>} */ (layer.children);
    notice.hidden = !asking;
    launcher.hidden = asking || !decided || attributes.launcher == "off";
    reserve();
    if (asking) setTimeout(() => load().catch(ignore), 500); // The page comes first.
  }
};

/** @param {string} [text] announced, since it changes a region that was there before */
export const say = (text = "") =>
  layer?.querySelectorAll("[role=status]").forEach((region) => {
    region.textContent = "";
    setTimeout(() => (region.textContent = text), 100);
  });

/** What now holds, in the visitor's words. */
export const sentence = () => {
  const { names, some, other } = /** @type {Record<string, string>} */ (layer.dataset);
  const { categories, services, expires_at } = decision;
  const allowed = names.split("|").filter((_, index) => Object.values(categories)[index]); // both in the policy's order
  if (Object.keys(services).some((id) => services[id] != categories[categoryOf(id)])) allowed.push(other);
  return some.replace("{names}", allowed.join(", ")).replace("{date}", day(expires_at));
};

/** @param {any} moment @returns {string} `21. mai 2027` */
export const day = (moment) => new Date(moment).toLocaleDateString(language, { dateStyle: "long" });
