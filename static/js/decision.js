/**
 * Decisions: what may load, and why. What comes from outside becomes a good value here, or throws.
 * In doubt the answer is no: only a literal `true` of an answer's own grants anything.
 *
 * @typedef {import("./consent-banner").Decision} Decision
 * @typedef {import("./consent-banner").Choice} Choice
 */
import { config } from "./config.js";

/** @param {string} name a category's or a service's (no service is named like a category) @returns {string} the category */
export const categoryOf = (name) => config.storage[name]?.[0] || name;

/** @param {string} name */
export const required = (name) => config.categories[categoryOf(name)] == 1;

/** Whether a choice lets a name load: a service by its own answer, or else by its category's. @param {Choice} choice */
export const permits =
  ({ categories = {}, services = {} }) =>
  (/** @type {string} */ name) =>
    required(name) || (services[name] ?? categories[categoryOf(name)]) === true;

/** @param {any} decision @param {(name: string, value: unknown) => boolean} test @returns {Decision} granting what passes */
export const granting = ({ categories, services, ...rest }, test) => {
  const each = (/** @type {object} */ names) =>
    Object.freeze(Object.fromEntries(Object.entries(names).map(([name, value]) => [name, test(name, value)])));
  return { ...rest, categories: each(categories), services: each(services) };
};

/** @param {any} answer of the service @returns {Decision} without the receipt: no granted tag is handed a stable id */
export const verified = ({ receipt, ...answer }) => {
  if (answer.decided !== !!answer.decided) throw { status: 0 };
  // A proxy may have dropped the header; the signal is an answer all the same.
  if (/** @type {any} */ (navigator).globalPrivacyControl && !answer.decided && !answer.gpc) {
    answer.decided = answer.gpc = true;
    answer.reason = "gpc";
  }
  return granting(answer, (_, value) => value === true);
};

/** What holds while the service says nothing: required categories only. @returns {Decision} */
export const closed = () =>
  granting(
    {
      decided: false,
      reason: "unreachable",
      revision: config.revision,
      gpc: false,
      given_at: null,
      expires_at: null,
      categories: config.categories,
      services: config.storage,
    },
    required,
  );

/** A decision less what a refusal that still waits takes away. @param {Decision} decision @param {Choice} choice */
export const narrowed = (decision, choice) => {
  const permitted = permits(choice);
  return granting({ ...decision, decided: true }, (name, value) => !!value && permitted(name));
};
