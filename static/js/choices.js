/**
 * The visitor chooses: one choice after another, and the last one wins. A refusal closes the page's gates at once, waits
 * in this browser until it is recorded, and is sent again on later pages; a grant opens nothing before its answer.
 *
 * @typedef {import("./decision.js").Choice} Choice
 */
import { check, retry, take } from "./check.js";
import { config } from "./config.js";
import { closed, permits, verified } from "./decision.js";
import { askAnew, layer, load } from "./layers.js";
import { chosen, pending, setPending } from "./memory.js";
import { ignore, say, sentence } from "./notice.js";
import { close } from "./preferences.js";
import { ask } from "./service.js";
import { apply, decision } from "./standing.js";

/** @type {Promise<any>} */
let line = Promise.resolve();

/** @param {any} body @returns {RequestInit} */
const request = (body) =>
  body.method
    ? { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" }, keepalive: true }
    : { method: "DELETE", keepalive: true };

/** @param {any} body @param {boolean} grant @param {number} [at] the pending refusal that its answer settles @param {boolean} [again] @returns {Promise<any>} */
const send = async (body, grant, at, again) => {
  try {
    const answer = verified(await ask("choices", request(body)));
    if (pending()?.at == at) setPending();
    chosen();
    take(answer);
    if (!again) close();
    say(sentence());
    return decision;
  } catch (/** @type {any} */ error) {
    const problem = error.status ? error : { type: "about:blank", title: String(error), status: 0 };
    const { failed, waits, anew, consentRevision } = layer?.dataset || {};
    const stale = problem.status == 409;
    if (!grant && !stale && problem.status != 400) {
      say(waits);
      retry();
    } else if (again && body.method == "custom") return send({ method: "reject_all" }, grant, at, again);
    else {
      if (!grant) setPending();
      say(failed);
      if (stale) askAnew(consentRevision).then(() => say(anew), ignore);
      check();
    }
    throw problem;
  }
};

/** @param {string} [method] none withdraws @param {Record<string, boolean>} [categories] @param {Record<string, boolean>} [services] @returns {Promise<any>} */
const choose = async (method, categories, services) => {
  const now = decision || closed();
  const before = { ...now.categories, ...now.services };
  const permitted = permits({ categories, services });
  const grant = method == "accept_all" || Object.keys({ ...config.categories, ...config.storage }).some((id) => permitted(id) && !before[id]);
  if (grant && !layer) await load();
  const { consentRevision = config.revision, consentText } = layer?.dataset || {};
  const body = { method, categories, services, revision: consentRevision, text: consentText, language: layer?.lang };
  let at = pending()?.at;
  if (!grant) {
    at = Date.now() + Math.random();
    setPending({ at, body });
    apply(now);
  }
  const sent = line.then(() => send(body, grant, at));
  line = sent.catch(ignore);
  return sent;
};

/** Send the refusal that still waits, if there is one. */
export const resend = () => {
  line = line
    .then(() => {
      const refusal = pending();
      return refusal && send(refusal.body, false, refusal.at, true);
    })
    .catch(ignore);
};

export const acceptAll = async () => {
  if (!layer) await load();
  const names = Object.keys(JSON.parse(layer.dataset.names || ""));
  return choose("accept_all", Object.fromEntries(names.map((name) => [name, true])));
};
export const rejectAll = () => choose("reject_all");
export const withdraw = () => choose();

/** @param {Choice} [choice] */
export const save = ({ categories, services } = {}) => choose("custom", categories, services);
