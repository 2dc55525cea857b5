/**
 * The visitor chooses: one choice after another, and the last one wins. A refusal closes the page's gates at once, waits
 * in this browser until it is recorded, and is sent again on later pages; a grant opens nothing before its answer.
 *
 * @typedef {import("./decision.js").Choice} Choice
 */
import { check, retry, take } from "./check.js";
import { config } from "./config.js";
import { closed, granting, permits, verified } from "./decision.js";
import { askAnew, layer, load } from "./layers.js";
import { chosen, pending, setPending } from "./memory.js";
import { ignore, say, sentence } from "./notice.js";
import { close } from "./preferences.js";
import { ask } from "./service.js";
import { apply, decision } from "./standing.js";

/** @type {Promise<any>} */
let line = Promise.resolve();
let count = 0;

/** @param {any} body @param {number} at when it was chosen @param {boolean} [again] on a later try @returns {Promise<any>} */
const send = async (body, at, again) => {
  const post = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  try {
    const answer = verified(await ask("choices", { keepalive: true, ...(body.method ? post : { method: "DELETE" }) }));
    if (!(/** @type {any} */ (pending()?.at) > at)) setPending();
    chosen();
    await take(answer);
    close();
    say(sentence());
    return decision;
  } catch (/** @type {any} */ problem) {
    const refusal = pending()?.at == at;
    const stale = problem.status == 409;
    say(layer?.dataset.failed);
    if (refusal && !(body.method == "custom" && (stale || problem.status == 400))) retry();
    else if (refusal && again) return send({ method: "reject_all" }, at);
    else {
      if (refusal) setPending();
      if (stale) askAnew(body.revision).then(() => say(layer.dataset.failed), ignore);
      check();
    }
    throw problem;
  }
};

/** @param {string} [method] none withdraws @param {Choice} [choice] @returns {Promise<any>} */
const choose = async (method, choice = {}) => {
  const now = decision || closed();
  const before = { ...now.categories, ...now.services };
  const permitted = permits(choice);
  const grant = method == "accept_all" || Object.keys(before).some((name) => permitted(name) && !before[name]);
  if (grant && !layer) await load();
  const { consentRevision = config.revision, consentText } = layer?.dataset || {};
  const body = { ...choice, method, revision: consentRevision, text: consentText, language: layer?.lang };
  const at = Date.now() + count++ / 1e3; // so that of two choices in one millisecond the last is later
  if (!grant) {
    setPending({ at, body });
    apply(now);
  }
  const sent = line.then(() => send(body, at));
  line = sent.catch(ignore);
  return sent;
};

/** Send the refusal that still waits, if there is one. */
export const resend = () => {
  line = line
    .then(() => {
      const refusal = pending();
      return refusal && send(refusal.body, refusal.at, true);
    })
    .catch(ignore);
};

export const acceptAll = () =>
  choose("accept_all", { categories: granting(decision || closed(), () => true).categories });
export const rejectAll = () => choose("reject_all");
export const withdraw = () => choose();

/** @param {Choice} [choice] */
export const save = (choice) => choose("custom", choice);
