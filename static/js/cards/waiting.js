/** What waits for a grant and shows nothing yet: frames without an address, and a widget's `div` that is still empty. */

export const places = () =>
  /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("iframe[data-consent]:not([src]),div[data-consent]"));

/** @param {Node} node */
const says = (node) => node.nodeType == 1 || !!node.textContent?.trim();

/** @param {HTMLElement} element @param {HTMLElement} [card] that stands in its place */
export const waits = (element, card) =>
  element.isConnected &&
  !!element.dataset.consent &&
  !window.consentBanner.allows(element.dataset.consent) &&
  !(element.matches("iframe") ? element.hasAttribute("src") : [...element.childNodes].some((node) => node != card && says(node)));

/** @param {HTMLElement} element which takes the focus over from its card */
export const focus = (element) => {
  if (!element.matches("iframe")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
};
