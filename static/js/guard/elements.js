/**
 * Holds elements that reach for a service's host: what they would load is put aside as though the page's author had
 * marked them (`data-consent`, `data-src`), so that the gate lets them through once the service is granted.
 */
import { clean } from "./markup.js";
import { keeper } from "./owners.js";
import { wrap } from "./wrap.js";

/** Pictures outside the document, which no gate looks at. @type {Set<HTMLImageElement>} */
const loose = new Set();

const LOADING = ["src", "srcset", "href", "data", "poster", "imagesrcset", "ping", "background", "srcdoc", "xlink:href"];

/** A link that is followed is the visitor's own doing. @param {Element} element @param {string} name */
const loads = (element, name) => LOADING.includes(name) && !(/href/.test(name) && /^(a|area|base)$/.test(element.localName));

/** @param {any} element @param {string} name @param {any} value @returns {boolean} whether it is held */
export const hold = (element, name, value) => {
  if (!loads(element, name) || name == "srcdoc") return false;
  // Some hold several addresses. The others are split only where they are no address.
  const service = (/set|ping/.test(name) ? String(value).split(/[\s,]+/) : [value]).map(keeper).find((each) => each);
  if (!service) return false;
  const { dataset } = element;
  // Who waits for a marked script must not wait for ever.
  if (dataset.consent) setTimeout(() => element.dispatchEvent(new Event("error")));
  element.removeAttribute(name);
  dataset.consent = service;
  dataset[name.replace("xlink:", "")] = value;
  still(element);
  if (element.localName == "img" && loose.size < 999) loose.add(element);
  return true;
};

/** A held script stays still, whatever type it is given. @param {any} element */
const still = (element) => {
  const { type, dataset } = element;
  if (element.localName != "script" || !dataset.src || type == "text/plain") return;
  dataset.type = type;
  element.type = "text/plain";
};

/** Hold what an element, or anything in it, would load. @param {any} node about to be inserted, or just parsed @returns {boolean} */
export const look = (node) => {
  let found = false;
  if (node.attributes) {
    for (const { name, value } of [...node.attributes])
      if (name == "srcdoc" && clean(value) != value) {
        node.srcdoc = value;
        found = true;
      } else if (hold(node, name, value)) found = true;
    if (node.dataset?.consent) still(node);
  }
  if (node.firstElementChild)
    for (const each of node.querySelectorAll("[src],[srcset],[href],[data],[poster],[imagesrcset],[ping],[background],[srcdoc]"))
      if (look(each)) found = true;
  return found;
};

/** Pictures outside the document load once they may. */
export const release = () => {
  for (const image of loose) {
    const { src, srcset } = image.dataset;
    if (keeper(src)) continue;
    loose.delete(image);
    if (image.isConnected) continue; // The gate's.
    if (srcset) image.srcset = srcset;
    if (src) image.src = src;
  }
};

/** Stand in front of every way to give an element its address, and to put it into the page. */
export const watchElements = () => {
  const { prototype } = Element;
  wrap(prototype, "setAttribute", ([name, value], go, self) => {
    const lower = String(name).toLowerCase();
    if (lower == "srcdoc") self.srcdoc = value;
    else hold(self, lower, value) || go();
  });
  wrap(prototype, "setAttributeNS", ([, name, value], go, self) => hold(self, String(name), value) || go());
  for (const name of ["setAttributeNode", "setAttributeNodeNS"])
    wrap(prototype, name, ([attribute], go, self) => (hold(self, attribute.name, attribute.value) ? null : go()));
  for (const tag of ["Script", "Image", "IFrame", "Media", "Embed", "Source", "Track", "Input", "Link", "Object", "Video", "Anchor", "Area", "Body"])
    for (const name of ["src", "srcset", "href", "data", "poster", "imageSrcset", "ping", "background"])
      wrap(/** @type {any} */ (window)[`HTML${tag}Element`]?.prototype, name, ([value], go, self) => hold(self, name.toLowerCase(), value) || go());
  wrap(HTMLIFrameElement.prototype, "srcdoc", (args, go) => ((args[0] = clean(args[0])), go()));
  wrap(window, "Audio", (args, go) => {
    const [address] = args.splice(0);
    const audio = go();
    if (address != null) audio.src = address;
    return audio;
  });
  for (const [owner, names] of /** @type {[any, string][]} */ ([
    [Node, "appendChild insertBefore replaceChild"],
    [Element, "append prepend before after replaceWith replaceChildren insertAdjacentElement"],
    [Document, "append prepend replaceChildren"],
    [DocumentFragment, "append prepend replaceChildren"],
  ]))
    for (const name of names.split(" "))
      wrap(owner.prototype, name, (args, go) => {
        for (const node of args) if (node instanceof Node) look(node);
        return go();
      });
};
