/**
 * One reload, announced, where nothing else helps: a script that ran cannot be stopped, a wall that stands not be lifted.
 * A page whose author knows better says so: `<script async src="/consent/banner.js?lang=et" data-reload="off"></script>`.
 * Where a visitor has typed something, the page is left alone and says that it should be loaded anew.
 *
 * @typedef {{now: string, later: string}} Texts
 */

const OURS = "#jutt-consent,[data-consent-preferences]";
const HEARD = 1500;

const sleep = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

/** Whether the visitor is in the middle of something: a refusal that is still to be recorded, or the preference centre. */
const busy = () => localStorage.getItem("consent-pending") != null || document.querySelector("#jutt-consent dialog[open]");

/** @param {any} field */
const touched = (field) => {
  if (field.isContentEditable) return field.textContent.trim();
  if (field.matches(":is(:user-valid,:user-invalid)")) return true;
  if (/^(checkbox|radio)$/.test(field.type)) return field.checked != field.defaultChecked;
  // These have a value that nobody gave them.
  return !/^(range|color|select-one|select-multiple)$/.test(field.type) && !field.matches(":is(:autofill)") && field.value != field.defaultValue;
};

const unsaved = () =>
  [...document.querySelectorAll("input,textarea,select,[contenteditable]")].some((field) => !field.closest(OURS) && touched(field));

/**
 * Whether this page was reloaded, and nobody has chosen in this origin since: what asks for a reload all the same (an old
 * decision that a cache wrote into the page) would ask for ever. No clock but this browser's is asked.
 */
const vain = () => {
  const [{ type } = {}] = /** @type {any[]} */ (performance.getEntriesByType("navigation"));
  return type == "reload" && !(Number(localStorage.getItem("consent")) > performance.timeOrigin);
};

/** After what the banner says itself. @param {string} text */
const announce = (text) =>
  document.querySelectorAll("#jutt-consent [role=status]").forEach((region) => {
    if (!region.textContent?.endsWith(text)) region.textContent = `${region.textContent} ${text}`.trim();
  });

/** @param {() => boolean} needed @param {Texts} texts @param {() => unknown} before */
const reload = async (needed, texts, before) => {
  while (needed()) {
    if (busy()) {
      await sleep(250);
      continue;
    }
    await sleep(300); // The banner says first what was saved.
    if (vain() || document.querySelector('script[src*="banner.js"][data-reload="off"]')) return;
    if (unsaved()) return announce(texts.later);
    announce(texts.now);
    await sleep(HEARD);
    await before();
    if (needed() && !busy() && !unsaved()) return location.reload();
  }
};

/** @type {Promise<void> | undefined} */
let running;

/**
 * Reload once the visitor's choice is recorded, if it is still needed then.
 *
 * @param {() => boolean} needed looked at until the end
 * @param {Texts} texts said when it comes, and where it must wait for the visitor
 * @param {() => unknown} [before] what is done last
 */
export const reloadOnce = (needed, texts, before = () => {}) =>
  (running ||= reload(needed, texts, before)
    .catch(() => {}) // Storage is forbidden, and with it cookies: no choice outlives this page anyway.
    .finally(() => (running = undefined)));
