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

/** @type {Decision | null} */
export let decision = null;

/** Whether nothing more may load until the service has been asked again (a page from the back/forward cache). */
export let held = false;

export const hold = () => {
  held = true;
};

/** @param {string} name a category's or a service's @returns {boolean} */
export const allows = (name) =>
  !held && !!decision && [decision.categories, decision.services].some((of) => Object.hasOwn(of, name) && of[name]);

/** @type {(decision: Decision) => void} */
let known;
/** @type {Promise<Decision>} */
export const ready = new Promise((resolve) => (known = resolve));

/** @type {Set<() => void>} */
const waiting = new Set();

/** @param {string} name @returns {Promise<Decision>} once it is granted */
export const when = (name) =>
  new Promise((resolve) => {
    const look = () => {
      if (allows(name)) {
        waiting.delete(look);
        resolve(/** @type {Decision} */ (decision));
      }
    };
    waiting.add(look);
    look();
  });

/** @param {Decision} next an answer of the service, or what stands in for it */
export const apply = (next) => {
  const before = decision;
  const refusal = pending(); // outranks every answer until it is recorded
  decision = Object.freeze({ ...(refusal ? narrowed(next, refusal.body) : next), language });
  held = false;
  if (decision.given_at || refusal) forget();
  const { categories, services } = decision;
  if (!before) {
    known(decision);
    emit("ready");
  } else if (
    JSON.stringify(refusal ? [categories, services] : { ...decision, language: 0 }) !=
    JSON.stringify(refusal ? [before.categories, before.services] : { ...before, language: 0 })
  )
    emit("change");
  waiting.forEach((look) => look());
  scan();
  refresh();
};
