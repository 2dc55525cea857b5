/**
 * The decision that holds in this page, and the one way in which it changes: `apply`.
 * A page author asks `consentBanner.allows("analytics")`, or waits: `consentBanner.when("analytics").then(load)`.
 */
import { forget } from "./cleanup.js";
import { config } from "./config.js";
import { closed, narrowed, required } from "./decision.js";
import { emit } from "./events.js";
import { extra } from "./extra.js";
import { scan } from "./gate.js";
import { language } from "./language.js";
import { pending } from "./memory.js";
import { ignore, refresh } from "./notice.js";

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

/** @type {Decision} */
let last;

/** @param {Decision} next an answer of the service, or what stands in for it @returns {any} a promise where it takes effect later */
export const apply = (next) => {
  last = next;
  const before = decision && news();
  const refusal = pending(); // outranks every answer until it is recorded
  const now = refusal ? narrowed(next, refusal.body) : next;
  const grants = { ...now.categories, ...now.services };
  const names = Object.keys(grants).filter((name) => grants[name]);
  // Before anybody hears of a grant, the vendors' tags must be able to.
  if (config.apis && !names.every(required))
    return extra("vendors", now)
      .then(() => ((config.apis = 0), next), closed)
      .then((then) => last == next && apply(then));
  if (refusal || !granted.every((name) => names.includes(name))) extra("withdrawal").catch(ignore);
  decision = Object.freeze({ ...now, language });
  granted = names;
  held = false;
  if (decision.given_at || refusal) forget();
  known(decision);
  if (before != news()) emit(before ? "change" : "ready");
  waiting.forEach((look) => look());
  scan();
  refresh();
};
