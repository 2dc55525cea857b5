/**
 * The preference centre: a modal dialog that any element with `data-consent-open` opens. Escape closes it unsaved, and
 * focus returns to its opener. Its fields are ticked as the decision says, and by it alone.
 */
import { base } from "./config.js";
import { emit } from "./events.js";
import { language } from "./language.js";
import { layer, load } from "./layers.js";
import { day, say } from "./notice.js";
import { allows, decision, ready } from "./standing.js";

const dialog = () => /** @type {HTMLDialogElement} */ (layer?.children[3]);

/** @param {any} [opener] @returns {Promise<any>} the decision, once the dialog stands open */
export const open = async (opener = document.activeElement) => {
  try {
    await load();
  } catch (problem) {
    location.assign(`${base}preferences?lang=${language}`);
    throw problem;
  }
  if (!dialog().open) {
    say();
    fill(dialog());
    dialog().onclose = () => {
      opener.focus();
      if (document.activeElement != opener) /** @type {HTMLElement} */ (layer.children[2]).focus();
      emit("close");
    };
    dialog().showModal();
    emit("open");
  }
  await ready;
  return decision;
};

/** @returns {Promise<any>} */
export const close = async () => {
  dialog()?.close();
  return decision;
};

/** Tick what is granted, and say until when. @param {Element} form */
export const fill = (form) => {
  for (const input of form.querySelectorAll("input"))
    if (!input.disabled) input.checked = allows(input.name.replace("service:", ""));
  const [gpc, until, date] = /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-gpc],[data-until],time"));
  if (date && decision) {
    gpc.hidden = !decision.gpc;
    until.hidden = !form.querySelector(":enabled:checked");
    date.textContent = day(decision.expires_at);
  }
};

/** What is ticked: categories, and the services that differ from theirs. @param {Element} form */
export const read = (form) => {
  /** @type {Record<string, boolean>} */
  const categories = {};
  /** @type {Record<string, boolean>} */
  const services = {};
  for (const fieldset of form.querySelectorAll("fieldset")) {
    const [category, ...rest] = fieldset.querySelectorAll("input");
    categories[category.name] = category.checked;
    for (const { name, checked } of rest) if (checked != category.checked) services[name.slice(8)] = checked;
  }
  return { categories, services };
};

/** Ticking a category ticks its services. @param {{target: any}} event */
export const follow = ({ target }) => {
  const [category, ...rest] = target.closest("[data-consent-category]")?.querySelectorAll("input") || [];
  if (category == target) rest.forEach((/** @type {HTMLInputElement} */ input) => (input.checked = target.checked));
};
