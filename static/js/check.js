/** Asks what may load: at the start, when another tab chose, and again, ever more slowly, while the service is away. */
import { resend } from "./choices.js";
import { closed, verified } from "./decision.js";
import { emit } from "./events.js";
import { remember } from "./memory.js";
import { ask } from "./service.js";
import { apply, decision } from "./standing.js";

let turn = 0;
let wait = 2e3;
/** @type {number | undefined} */
let timer;

/**
 * @param {import("./decision.js").Decision} answer of the service; checks that are still on their way are older
 * @param {number} [at] when it was asked for: another tab may have chosen since
 */
export const take = (answer, at = Date.now()) => {
  turn++;
  wait = 2e3;
  remember(answer, at);
  return apply(answer);
};

export const retry = () => {
  clearTimeout(timer);
  timer = setTimeout(again, wait);
  wait = Math.min(wait * 2, 6e4);
};

export const check = async () => {
  const mine = ++turn;
  const at = Date.now();
  let answer;
  try {
    answer = verified(await ask("check"));
  } catch {}
  if (mine != turn) return;
  if (answer) return take(answer, at);
  if (!decision) apply(closed());
  emit("error");
  retry();
};

export const again = () => {
  check();
  resend();
};
