/**
 * Markup that a page writes as text: a tag that would load what must wait is written as though it were marked.
 * Every tag is looked at by the browser's own parser, in a document where nothing loads.
 */
import { parse } from "../markup.js";
import { trusted } from "../trusted.js";
import { look } from "./elements.js";
import { wrap } from "./wrap.js";

const TAG = /<[a-z](?:[^>"']|"[^"]*"|'[^']*')*>/gi;

/** @param {any} html @returns {any} the same object where nothing has to be held */
export const clean = (html) => {
  const before = String(html);
  const after = before.replace(TAG, (tag) => {
    const element = /src|href|data|poster|ping|background/i.test(tag) && parse(tag).firstElementChild;
    return element && look(element) ? element.outerHTML.replace(/<\/[^<]*$/, "") : tag;
  });
  return after == before ? html : trusted("createHTML", after);
};

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
  watch(Document, "write writeln");
};
