/**
 * Keeps what a visitor works with from lying under the notice (WCAG 2.4.11): the page can be scrolled clear of it to its
 * very end, and an element that gets the focus while covered is scrolled clear. Nothing in the page moves by itself.
 */
import { page } from "./config.js";
import { layer } from "./layers.js";

/** @param {boolean} [needed] also where the page need not scroll yet */
export const reserve = (needed) => {
  const { offsetHeight } = /** @type {HTMLElement} */ (layer.children[0]); // 0 when the notice is hidden
  const room = offsetHeight ? offsetHeight + 32 + "px" : "";
  page.style.scrollPaddingBottom = room;
  page.style.paddingBottom = needed || page.scrollHeight > innerHeight ? room : "";
};

/** @param {{target: any}} event */
export const clear = ({ target }) => {
  // A mouse that presses what it sees must find it in the same place when it lets go.
  if (!layer || layer.contains(target) || !target.matches(":focus-visible")) return;
  const a = target.getBoundingClientRect();
  const b = layer.children[0].getBoundingClientRect();
  if (a.bottom > b.top && a.right > b.left && a.left < b.right) {
    reserve(true);
    target.scrollIntoView({ block: "center", behavior: "instant" });
  }
};
