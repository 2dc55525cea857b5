/**
 * The decision that holds in this page, and the one way in which it changes: `apply`.
 * A page author asks `consentBanner.allows("analytics")`, or waits: `consentBanner.when("analytics").then(load)`.
 */
import { forget } from "./cleanup.js";
import { narrowed } from "./decision.js";
import { emit } from "./events.js";
import { scan } from "./gate.js";
import { language } from "./language.js";
import { pending } from "./memory.js";
import { refresh } from "./notice.js";

/** @typedef {import("./decision.js").Decision} Decision */

/** @type {Decision} null until the first one */
export let decision = /** @type {any} */ (null);

/** Whether nothing more may load until the service was asked again: a page from the back/forward cache. */
export let held = false;

export const hold = () => (held = true);

/** @type {string[]} */
let granted = [];

/** @param {string} name a category's or a service's */
export const allows = (name) => !held && granted.includes(name);

/** @type {(decision: Decision) => void} */
let known;
/** @type {Promise<Decision>} */
export const ready = new Promise((resolve) => (known = resolve));

/** @type {(() => void)[]} */
const waiting = [];

/** @param {string} name @returns {Promise<Decision>} once it is granted */
export const when = (name) =>
  new Promise((resolve) => {
    const look = () => allows(name) && resolve(decision);
    waiting.push(look);
    look();
  });

/** What a listener would want to hear of. */
const news = () => JSON.stringify([decision.categories, decision.services, decision.reason, decision.given_at]);

/** @param {Decision} next an answer of the service, or what stands in for it */
export const apply = (next) => {
  const before = decision && news();
  const refusal = pending(); // outranks every answer until it is recorded
  decision = Object.freeze({ ...(refusal ? narrowed(next, refusal.body) : next), language });
  const grants = { ...decision.categories, ...decision.services };
  granted = Object.keys(grants).filter((name) => grants[name]);
  held = false;
  if (decision.given_at || refusal) forget();
  known(decision);
  if (before != news()) emit(before ? "change" : "ready");
  waiting.forEach((look) => look());
  scan();
  refresh();
};
