/**
 * Keeps what a visitor works with from lying under the notice (WCAG 2.4.11): the page can be scrolled clear of it to its
 * very end, and an element that gets the focus while covered is scrolled clear. Nothing in the page moves by itself.
 */
import { root } from "./config.js";

/** @type {HTMLElement | null} */
let notice = null;

/** @param {boolean} [needed] also where the page need not scroll yet */
const reserve = (needed) => {
  const room = notice ? notice.offsetHeight + 32 + "px" : "";
  root.style.scrollPaddingBottom = room;
  root.style.paddingBottom = needed || root.scrollHeight > innerHeight ? room : "";
};

/** @param {HTMLElement | null} shown */
export const makeRoom = (shown) => {
  notice = shown;
  reserve();
};

export const watchFocus = () => {
  addEventListener("load", () => reserve());
  document.addEventListener("focusin", ({ target }) => {
    const element = /** @type {Element} */ (target);
    if (!notice || notice.parentNode?.contains(element)) return;
    const a = element.getBoundingClientRect();
    const b = notice.getBoundingClientRect();
    if (a.bottom <= b.top || a.right <= b.left || a.left >= b.right) return;
    reserve(true);
    element.scrollIntoView({ block: "center", behavior: "instant" });
  });
};
