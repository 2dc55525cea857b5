/**
 * In its own size: a card takes the room of a frame exactly, whatever gives the frame its size (attributes, styles, an
 * aspect ratio, a box that it fills), and follows when the window changes. A frame that shows nothing gets none.
 */
const HELD = "data-jutt-held";
const SMALLEST = 24; // px; smaller frames are for nobody's eyes.

const COPIED = [
  "position", "top", "right", "bottom", "left", "float", "clear", "z-index", "box-sizing", "width", "height",
  ...["min-width", "min-height", "max-width", "max-height", "aspect-ratio", "vertical-align", "order", "align-self"],
  ...["justify-self", "flex-grow", "flex-shrink", "flex-basis", "grid-row-start", "grid-row-end", "grid-column-start"],
  ...["grid-column-end", "border-top-left-radius", "border-top-right-radius", "border-bottom-left-radius", "border-bottom-right-radius"],
  ...["top", "right", "bottom", "left"].flatMap((side) => [`margin-${side}`, `padding-${side}`, `border-${side}-width`]),
];

/** @param {HTMLElement} element @returns {boolean} whether there is anything to see of it */
const seen = (element) => {
  const { display, opacity, visibility, width, height } = getComputedStyle(element);
  return display != "none" && opacity != "0" && visibility == "visible" && !(parseFloat(width) < SMALLEST && element.matches("iframe")) && !(parseFloat(height) < SMALLEST && element.matches("iframe"));
};

/** Take an element out of the layout. @param {HTMLElement} element @returns {boolean} false for what shows nothing anyway */
export const hide = (element) => {
  if (!seen(element)) return false;
  if (element.matches("iframe")) element.setAttribute(HELD, "");
  return true;
};

/** @param {HTMLElement} element */
export const show = (element) => element.removeAttribute(HELD);

/** @param {HTMLElement} element @param {HTMLElement} card @returns {boolean} whether it is still where the element is */
export const stands = (element, card) =>
  card.isConnected && [element, element.previousSibling, element.nextSibling].includes(element.matches("iframe") ? card : card.parentElement);

/** Stand in its place: a frame's beside it, a widget's in it. @param {HTMLElement} element @param {HTMLElement} card */
export const occupy = (element, card) => {
  if (!element.matches("iframe")) {
    if (!card.isConnected) fillWidget(element, card);
    return;
  }
  // Beside the frame on the side where "first child" and "after another" stay as true of it as they were.
  if (!card.isConnected) element[element.previousElementSibling ? "before" : "after"](card);
  copy(element, card);
};

/** @param {HTMLElement} element @param {HTMLElement} card */
const copy = (element, card) => {
  const style = getComputedStyle(element);
  show(element);
  const { display } = style;
  element.setAttribute(HELD, ""); // While an element is not displayed, its styles are told as written: 100 % and auto stay so.
  for (const name of COPIED) card.style.setProperty(name, style.getPropertyValue(name), "important");
  const set = (/** @type {string} */ name, /** @type {string} */ value) => card.style.setProperty(name, value, "important");
  set("display", /^inline/.test(display) ? "inline-block" : "block");
  if (style.width == "auto") set("width", "300px"); // CSS 2.2, 10.3.2 and 10.6.2
  if (style.height == "auto" && style.aspectRatio == "auto") set("height", "150px");
  // Per cent of a height that nobody gave is no height at all: a frame's is its own then, a card's would be none.
  if (style.height.endsWith("%") && style.aspectRatio == "auto" && card.offsetWidth && card.offsetHeight < SMALLEST) set("height", "150px");
};

/** @param {HTMLElement} element @param {HTMLElement} card */
const fillWidget = (element, card) => {
  const { paddingTop, paddingBottom } = getComputedStyle(element);
  const room = element.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
  if (room >= SMALLEST) card.style.setProperty("height", `${room}px`, "important");
  card.toggleAttribute("data-jutt-sized", room >= SMALLEST);
  element.append(card);
};
