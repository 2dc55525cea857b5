/** Follows what happens elsewhere: choices in other tabs, pages back from the cache, a network that returns. */
import { again, check } from "./check.js";
import { apply, decision, held, hold } from "./standing.js";

export const follow = () => {
  addEventListener("online", again);
  addEventListener("storage", ({ key }) => {
    if (/^consent/.test(/** @type {string} */ (key))) {
      if (decision && !held) apply(decision); // A refusal that waits closes this page's gates too, at once.
      check();
    }
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) {
      hold();
      check();
    }
  });
  addEventListener("visibilitychange", () => document.hidden || again());
};
