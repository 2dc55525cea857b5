/**
 * Holds elements that reach for a service's host: what they would load is put aside as though the page's author had
 * marked them (`data-consent`, `data-src`), so that the gate lets them through once the service is granted.
 */
import { clean } from "./markup.js";
import { keeper } from "./owners.js";
import { wrap } from "./wrap.js";

/** What was put aside, by attribute: for what no gate looks at. @type {Map<Element, [name: string, value: any]>} */
const aside = new Map();
const MOST = 2000;

const LOADING = ["src", "srcset", "href", "data", "poster", "imagesrcset", "ping", "background", "srcdoc", "xlink:href"];

const SOME = "[src],[srcset],[*|href]:not(a,area,base),[data],[poster],[imagesrcset],[ping],[background],[srcdoc],script[data-consent]";

/** A link that is followed is the visitor's own doing; a marked script is still already. @param {any} element @param {string} name */
const loads = ({ localName, dataset, type }, name) =>
  LOADING.includes(name) &&
  !(/href/.test(name) && /^(a|area|base)$/.test(localName)) &&
  !(localName == "script" && dataset.consent && type == "text/plain");

/** @param {any} element @param {string} name @param {any} value @returns {boolean} whether it is held */
export const hold = (element, name, value) => {
  const service = loads(element, name) && owner(name, value);
  if (!service) return false;
  const { dataset } = element;
  // Who waits for a marked script must not wait for ever.
  if (dataset.consent) setTimeout(() => element.dispatchEvent(new Event("error")));
  element.removeAttribute(name);
  dataset.consent = service;
  dataset[name.replace("xlink:", "")] = value;
  still(element);
  if (aside.size < MOST && element.ownerDocument == document) aside.set(element, [name, value]);
  return true;
};

/** The service that a value waits for. Some attributes hold several addresses, one a whole document. @param {string} name @param {any} value */
const owner = (name, value) => {
  if (name == "srcdoc") return /data-consent="([^"]*)/.exec(clean(value) == value ? "" : clean(value))?.[1];
  return (/set|ping/.test(name) ? String(value).split(/[\s,]+/) : [value]).map(keeper).find((each) => each);
};

/** A held script stays still, whatever type it is given; one that was let through has its address again. @param {any} element */
const still = (element) => {
  const { type, dataset } = element;
  if (element.localName != "script" || !dataset.src || element.hasAttribute("src") || type == "text/plain") return;
  dataset.type = type;
  element.type = "text/plain";
};

/** Hold what an element, or anything in it, would load. @param {any} node about to be inserted, or just parsed @returns {boolean} */
export const look = (node) => {
  let found = false;
  for (const each of [...(node.matches?.(SOME) ? [node] : []), ...(node.firstElementChild ? node.querySelectorAll(SOME) : [])]) {
    for (const { name, value } of [...each.attributes]) if (hold(each, name, value)) found = true;
    if (each.dataset?.consent) still(each);
  }
  return found;
};

/** What no gate looks at loads once it may: pictures outside the document, other attributes, what is in a shadow root. */
export const release = () => {
  for (const [element, [name, value]] of aside) {
    if (owner(name, value)) continue;
    aside.delete(element);
    const gated = element.getRootNode() == document && /^(src|srcset|href)$/.test(name);
    if (!gated && (element.isConnected || element.localName == "img") && element.localName != "script") element.setAttribute(name, value);
  }
};

/** Stand in front of every way to give an element its address, and to put it into the page. */
export const watchElements = () => {
  const { prototype } = Element;
  wrap(prototype, "setAttribute", ([name, value], go, self) => {
    hold(self, String(name).toLowerCase(), value) || go();
  });
  wrap(prototype, "setAttributeNS", ([, name, value], go, self) => hold(self, String(name), value) || go());
  for (const name of ["setAttributeNode", "setAttributeNodeNS"])
    wrap(prototype, name, ([attribute], go, self) => (hold(self, attribute.name, attribute.value) ? null : go()));
  // The map does not tell whose it is, so that nothing can be put aside: it is refused. A link is followed, not loaded.
  for (const name of ["setNamedItem", "setNamedItemNS"])
    wrap(NamedNodeMap.prototype, name, ([{ name: attribute, value }], go) =>
      LOADING.includes(attribute) && !/href/.test(attribute) && owner(attribute, value) ? null : go(),
    );
  for (const tag of ["Script", "Image", "IFrame", "Media", "Embed", "Source", "Track", "Input", "Link", "Object", "Video", "Anchor", "Area", "Body"])
    for (const name of ["src", "srcset", "href", "data", "poster", "imageSrcset", "ping", "background", "srcdoc"])
      wrap(/** @type {any} */ (window)[`HTML${tag}Element`]?.prototype, name, ([value], go, self) => hold(self, name.toLowerCase(), value) || go());
  wrap(Attr.prototype, "value", ([value], go, self) => (self.ownerElement && hold(self.ownerElement, self.name, value)) || go());
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
    [Range, "insertNode surroundContents"],
  ]))
    for (const name of names.split(" "))
      wrap(owner.prototype, name, (args, go) => {
        for (const node of args) if (node instanceof Node) look(node);
        return go();
      });
};
