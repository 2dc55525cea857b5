/** `Always allow`: records a choice that grants the one name and keeps all else as it stands. */
import { told } from "./told.js";

/** Whether the change that is under way is this one: what was loaded once then stays. */
export let keeping = false;

/** @param {string} name a service's or a category's @param {import("../decision.js").Decision} now */
const choice = (name, now) => {
  const categories = { ...now.categories };
  /** @type {Record<string, boolean>} */
  const services = {};
  for (const [id, { category }] of Object.entries(told.services))
    if (category != name && now.services[id] != categories[category]) services[id] = now.services[id];
  (name in told.services ? services : categories)[name] = true;
  return { categories, services };
};

/**
 * @param {string} name
 * @param {import("../extra.js").Tools} tools
 * @returns {Promise<void>} rejects where the choice could not be recorded
 */
export const always = async (name, { ask }) => {
  const known = /** @type {import("../decision.js").Decision} */ (window.consentBanner.decision);
  // A page that got no answer does not know what the visitor allowed before.
  const now = known.reason == "unreachable" ? await ask("check") : known;
  keeping = true;
  try {
    await window.consentBanner.save(choice(name, now));
  } finally {
    keeping = false;
  }
};
