/** Follows what happens elsewhere: choices in other tabs, pages back from the cache, a network that returns. */
import { check, stale } from "./check.js";
import { resend } from "./choices.js";
import { apply, decision, hold } from "./standing.js";

const again = () => {
  check();
  resend();
};

export const follow = () => {
  addEventListener("online", again);
  addEventListener("storage", ({ key }) => {
    if (key && !/^consent(-pending)?$/.test(key)) return;
    if (decision) apply(decision); // A refusal that waits closes this page's gates too, at once.
    check();
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    hold();
    check();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && stale()) again();
  });
};
