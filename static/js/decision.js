/**
 * Decisions: what may load, and why. What comes from outside becomes a good value here, or throws.
 * In doubt the answer is no: only a literal `true` of an answer's own grants anything.
 *
 * @typedef {import("./consent-banner").Decision} Decision
 * @typedef {import("./consent-banner").Choice} Choice
 */
import { config } from "./config.js";

/** @param {object} names @param {(name: string) => boolean} test */
const each = (names, test) => Object.freeze(Object.fromEntries(Object.keys(names).map((name) => [name, test(name)])));

/** @param {string} name a category's or a service's (no service is named like a category) @returns {string} the category */
export const categoryOf = (name) => config.storage[name]?.[0] || name;

/** @param {string} name */
export const required = (name) => config.categories[categoryOf(name)] == 1;

/** Whether a choice lets a name load: a service by its own answer, or else by its category's. @param {Choice} choice */
export const permits = ({ categories = {}, services = {} }) => (/** @type {string} */ name) =>
  required(name) || (services[name] ?? categories[categoryOf(name)]) === true;

/** @param {any} answer @param {object} categories @param {object} services @param {(name: string) => boolean} test @returns {Decision} */
const granting = (answer, { categories, services }, test) => ({
  ...answer,
  categories: each(categories, test),
  services: each(services, test),
});

/** @param {any} answer of the service @returns {Decision} without the receipt: no granted tag is handed a stable id */
export const verified = ({ receipt, ...answer }) => {
  if (answer.decided !== !!answer.decided) throw answer;
  // A proxy may have dropped the header; the signal is an answer all the same.
  if (/** @type {any} */ (navigator).globalPrivacyControl && !answer.given_at)
    answer = { ...answer, decided: answer.decided || !answer.gpc, reason: "gpc", gpc: true };
  return granting(answer, answer, (name) => (answer.services[name] ?? answer.categories[name]) === true);
};

/** What holds while the service says nothing: required categories only. @returns {Decision} */
export const closed = () =>
  granting(
    { decided: false, reason: "unreachable", revision: config.revision, gpc: false, given_at: null, expires_at: null },
    { categories: config.categories, services: config.storage },
    required,
  );

/** A decision less what a refusal that still waits takes away. @param {Decision} from @param {Choice} choice */
export const narrowed = (from, choice) => {
  const permitted = permits(choice);
  return granting({ ...from, decided: true }, from, (name) => (from.services[name] ?? from.categories[name]) && permitted(name));
};
