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

/** @param {string} category */
export const required = (category) => config.categories[category] == 1;

/** @param {string} service */
export const categoryOf = (service) => config.storage[service]?.[0];

/** What a choice lets load: a service by its own answer, or else by its category's. @param {Choice} choice */
export const permitted = ({ categories = {}, services = {} }) => ({
  categories: each(config.categories, (id) => required(id) || categories[id] === true),
  services: each(config.storage, (id) => required(categoryOf(id)) || (services[id] ?? categories[categoryOf(id)]) === true),
});

/** @param {any} answer of the service @returns {Decision} without the receipt: no granted tag is handed a stable id */
export const verified = ({ receipt, ...answer }) => {
  if (answer.decided !== !!answer.decided) throw answer;
  // A proxy may have dropped the header; the signal is an answer all the same.
  if (/** @type {any} */ (navigator).globalPrivacyControl && !answer.decided && !answer.gpc)
    answer = { ...answer, decided: true, reason: "gpc", gpc: true };
  return {
    ...answer,
    categories: each(answer.categories, (id) => answer.categories[id] === true),
    services: each(answer.services, (id) => answer.services[id] === true),
  };
};

/** What holds while the service says nothing: required categories only. @returns {Decision} */
export const closed = () => ({
  decided: false,
  reason: "unreachable",
  revision: config.revision,
  gpc: false,
  language: "",
  given_at: null,
  expires_at: null,
  ...permitted({}),
});

/** A decision less what a refusal that still waits takes away. @param {Decision} from @param {Choice} choice @returns {Decision} */
export const narrowed = (from, choice) => {
  const left = permitted(choice);
  return {
    ...from,
    decided: true,
    reason: "pending",
    given_at: null,
    expires_at: null,
    categories: each(from.categories, (id) => from.categories[id] && left.categories[id]),
    services: each(from.services, (id) => from.services[id] && left.services[id]),
  };
};
