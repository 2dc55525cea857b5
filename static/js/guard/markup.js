/**
 * Markup that a page writes as text: a tag that would load what must wait is written as though it were marked.
 * Every tag is looked at by the browser's own parser, in a document where nothing loads.
 */
import { trusted } from "../trusted.js";
import { look } from "./elements.js";
import { ABROAD } from "./owners.js";
import { wrap } from "./wrap.js";

const { set: write } = /** @type {any} */ (Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML"));

/** @param {string} tag @returns {Element | null} */
const parsed = (tag) => {
  const template = document.createElement("template");
  write.call(template, trusted("createHTML", tag)); // The browser's own: ours would come back to here.
  return template.content.firstElementChild;
};

const TAG = /<[a-z](?:[^>"']|"[^"]*"|'[^']*')*>/gi;

/** @param {any} html @returns {any} the same object where nothing has to be held */
export const clean = (html) => {
  const before = String(html);
  const after = before.replace(TAG, (tag) => {
    const element = ABROAD.test(tag) && /src|href|data|poster|ping|background/i.test(tag) && parsed(tag);
    return element && look(element) ? element.outerHTML.replace(/<\/[^<]*$/, "") : tag;
  });
  return after == before ? html : trusted("createHTML", after);
};

/** The beginning of a tag that `document.write` has not ended yet. */
let rest = "";

/** Stand in front of every way to write markup. */
export const watchMarkup = () => {
  /** @param {any} owner @param {string} names @param {number} [at] which argument is markup */
  const watch = (owner, names, at = 0) => {
    for (const name of names.split(" "))
      wrap(owner?.prototype, name, (args, go) => {
        for (let index = at; index < args.length; index++) args[index] = clean(args[index]);
        return go();
      });
  };
  watch(Element, "innerHTML outerHTML setHTMLUnsafe");
  watch(Element, "insertAdjacentHTML", 1);
  watch(window.ShadowRoot, "innerHTML setHTMLUnsafe");
  watch(Range, "createContextualFragment");
  for (const name of ["write", "writeln"])
    wrap(Document.prototype, name, (args, go, self) => {
      const text = rest + args.join("") + (name == "writeln" ? "\n" : "");
      const cut = text.lastIndexOf("<");
      const whole = cut < 0 || text.indexOf(">", cut) > 0 ? text.length : cut;
      rest = text.slice(whole);
      // A tag that nobody ends is written when the script has ended.
      if (rest) queueMicrotask(() => ((args[0] = rest), (rest = ""), args[0] && go()));
      args.splice(0, args.length, clean(text.slice(0, whole)));
      return go();
    });
};
