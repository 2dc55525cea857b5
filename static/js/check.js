/** Asks what may load: at the start, when another tab chose, and again, ever more slowly, while the service is away. */
import { closed, verified } from "./decision.js";
import { emit } from "./events.js";
import { remember } from "./memory.js";
import { ask } from "./service.js";
import { apply, decision } from "./standing.js";

let turn = 0;
let wait = 2e3;
let asked = 0;
/** @type {number | undefined} */
let timer;

/** Answers to checks that are still on their way are older than what just came: ignore them. */
export const supersede = () => ++turn;

/** Whether the last check was long enough ago that another tab's choice may have passed us by. */
export const stale = () => Date.now() - asked > 1e3;

export const check = async () => {
  const mine = ++turn;
  let answer;
  clearTimeout(timer);
  asked = Date.now();
  try {
    answer = verified(await ask("check"));
  } catch {}
  if (mine != turn) return;
  if (answer) {
    wait = 2e3;
    remember(answer);
    apply(answer);
  } else {
    if (!decision) apply(closed());
    emit("error");
    timer = setTimeout(check, wait);
    wait = Math.min(wait * 2, 6e4);
  }
};
