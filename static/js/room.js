/**
 * Keeps what a visitor works with from lying under the notice (WCAG 2.4.11): the page can be scrolled clear of it to its
 * very end, and an element that gets the focus while covered is scrolled clear. Nothing in the page moves by itself.
 */
import { page } from "./config.js";

/** @type {HTMLElement | null} */
let notice;

/** @param {boolean} needed also where the page need not scroll yet */
const reserve = (needed) => {
  const room = notice ? notice.offsetHeight + 32 + "px" : "";
  page.style.scrollPaddingBottom = room;
  page.style.paddingBottom = needed || page.scrollHeight > innerHeight ? room : "";
};

/** @param {HTMLElement | null} shown */
export const makeRoom = (shown) => {
  notice = shown;
  reserve(false);
};

/** @param {Event} event */
export const clear = ({ target }) => {
  const element = /** @type {Element} */ (target);
  if (!notice || element.closest("#jutt-consent")) return;
  const a = element.getBoundingClientRect();
  const b = notice.getBoundingClientRect();
  if (a.bottom > b.top && a.right > b.left && a.left < b.right) {
    reserve(true);
    element.scrollIntoView({ block: "center", behavior: "instant" });
  }
};
