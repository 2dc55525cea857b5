/**
 * The visitor chooses: one choice after another, and the last one wins. A refusal closes the page's gates at once, waits
 * in this browser until it is recorded, and is sent again on later pages; a grant opens nothing before its answer.
 *
 * @typedef {import("./decision.js").Choice} Choice
 * @typedef {Choice & {method: string}} Body
 */
import { check, supersede } from "./check.js";
import { config } from "./config.js";
import { closed, permitted, verified } from "./decision.js";
import { language } from "./language.js";
import { askAnew, layer, load } from "./layers.js";
import { chosen, pending, remember, setPending } from "./memory.js";
import { say, sentence } from "./notice.js";
import { close } from "./preferences.js";
import { ask } from "./service.js";
import { apply, decision } from "./standing.js";

/** @type {Promise<any>} */
let line = Promise.resolve();
let wait = 2e3;

/** Under which text the visitor chooses: that of the markup that stands in the page. */
const wording = () => ({
  revision: layer?.dataset.consentRevision || config.revision,
  language: layer?.lang || language,
  text: layer?.dataset.consentText,
});

/** @param {any} body */
const request = (body) => ({
  keepalive: true,
  ...(body.method == "withdraw"
    ? { method: "DELETE" }
    : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ ...wording(), ...body }) }),
});

/** @param {Body} body @param {boolean} grant @param {number} [at] the pending refusal that its answer settles @param {boolean} [again] @returns {Promise<any>} */
const send = async (body, grant, at, again) => {
  try {
    if (grant && !layer) await load();
    const answer = verified(await ask("choices", request(body)));
    supersede();
    wait = 2e3;
    if (pending()?.at == at) setPending();
    chosen();
    remember(answer);
    apply(answer);
    if (!again) close();
    say(sentence());
    return decision;
  } catch (/** @type {any} */ error) {
    const problem = error?.status ? error : { type: "about:blank", title: String(error), status: 0 };
    const { failed, waits, anew } = layer?.dataset || {};
    const misunderstood = problem.status == 400 || problem.status == 409;
    if (!grant && !misunderstood) {
      say(waits);
      setTimeout(resend, wait);
      wait = Math.min(wait * 2, 6e4);
    } else if (again && body.method == "custom") return send({ method: "reject_all" }, grant, at, again);
    else {
      say(failed);
      if (!grant) setPending();
      if (problem.status == 409) askAnew(layer?.dataset.consentRevision).then(() => say(anew), () => {});
      if (misunderstood) check();
    }
    throw problem;
  }
};

/** @param {string} method @param {Record<string, boolean>} [categories] @param {Record<string, boolean>} [services] @returns {Promise<any>} */
export const choose = (method, categories = {}, services = {}) => {
  const body = { ...(layer && wording()), method, categories, services };
  const wanted = permitted(body);
  const now = decision || closed();
  const more = (/** @type {"categories" | "services"} */ of) =>
    Object.keys(wanted[of]).some((id) => wanted[of][id] && !now[of][id]);
  const grant = method == "accept_all" || more("categories") || more("services");
  let at = pending()?.at;
  if (!grant) {
    at = Date.now() + Math.random();
    setPending({ at, body });
    apply(now);
  }
  const sent = line.then(() => send(body, grant, at));
  line = sent.catch(() => {});
  return sent;
};

/** Send the refusal that still waits, if there is one. */
export const resend = () => {
  line = line
    .then(() => {
      const { body, at } = pending() || {};
      return at && send(/** @type {Body} */ (body), false, at, true);
    })
    .catch(() => {});
};

export const acceptAll = () =>
  choose("accept_all", Object.fromEntries(Object.keys(JSON.parse(layer?.dataset.names || "0") || config.categories).map((id) => [id, true])));
export const rejectAll = () => choose("reject_all");
export const withdraw = () => choose("withdraw");

/** @param {Choice} [choice] */
export const save = ({ categories, services } = {}) => choose("custom", categories, services);
