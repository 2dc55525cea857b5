/**
 * The preference centre: a modal dialog that any element with `data-consent-open` opens. Escape closes it unsaved, and
 * focus returns to its opener. Its fields are ticked as the decision says, and by it alone.
 */
import { base } from "./config.js";
import { emit } from "./events.js";
import { language } from "./language.js";
import { layer, load } from "./layers.js";
import { day, part } from "./notice.js";
import { decision, ready } from "./standing.js";

/** @type {HTMLElement} */
let opener;

const dialog = () => /** @type {HTMLDialogElement} */ (layer?.querySelector("dialog"));

/** @param {HTMLElement} [by] @returns {Promise<any>} the decision, once the dialog stands open */
export const open = async (by) => {
  opener = by || /** @type {HTMLElement} */ (document.activeElement);
  try {
    await load();
  } catch (problem) {
    location.assign(`${base}preferences?lang=${language}`);
    throw problem;
  }
  if (!dialog().open) {
    fill(dialog());
    dialog().onclose = () => {
      opener.focus();
      if (document.activeElement != opener) part("launcher").focus();
      emit("close");
    };
    dialog().showModal();
    emit("open");
  }
  return ready.then(() => decision);
};

/** @returns {Promise<any>} */
export const close = async () => {
  dialog()?.close();
  return decision;
};

/** Tick what is granted, and say until when. @param {Element} form */
export const fill = (form) => {
  if (!decision) return;
  const { categories, services, expires_at, gpc } = decision;
  const inputs = form.querySelectorAll("input");
  inputs.forEach((input) => {
    input.checked = categories[input.name] || services[input.name.slice(8)] || input.disabled;
  });
  /** @param {string} name @param {unknown} shown */
  const show = (name, shown) => {
    const element = /** @type {HTMLElement | null} */ (form.querySelector(`[data-${name}]`));
    if (element) element.hidden = !shown;
    return element;
  };
  const until = show("until", expires_at && [...inputs].some((input) => input.checked && !input.disabled))?.querySelector("time");
  if (until) until.textContent = day(expires_at);
  show("gpc", gpc);
};

/** What is ticked: categories, and the services that differ from theirs. @param {Element} form */
export const read = (form) => {
  /** @type {Record<string, boolean>} */
  const categories = {};
  /** @type {Record<string, boolean>} */
  const services = {};
  for (const input of form.querySelectorAll("input")) {
    const category = /** @type {HTMLInputElement} */ (/** @type {Element} */ (input.closest("fieldset")).querySelector("input"));
    if (input == category) categories[input.name] = input.checked;
    else if (input.checked != category.checked) services[input.name.slice(8)] = input.checked;
  }
  return { categories, services };
};

/** Ticking a category ticks its services. @param {Event} event */
export const follow = ({ target }) => {
  const category = /** @type {HTMLInputElement} */ (target);
  const group = category.closest(":is(#jutt-consent, [data-consent-preferences]) fieldset");
  const [first, ...rest] = group?.querySelectorAll("input") || [];
  if (first == category) rest.forEach((input) => (input.checked = category.checked));
};
