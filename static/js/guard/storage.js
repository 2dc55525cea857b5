/** What a refused service declares is not stored. Taking something away is always allowed. */
import { refused } from "../cleanup.js";
import { wrap } from "./wrap.js";

/** @param {string} kind a letter, as in the configuration @param {unknown} name */
const unwanted = (kind, name) => refused().test(kind + name);

export const watchStorage = () => {
  wrap(Document.prototype, "cookie", ([text], go) => {
    const [name, value] = String(text).split(";")[0].split("=");
    (value && unwanted("c", name.trim())) || go();
  });
  wrap(window.CookieStore?.prototype, "set", ([name], go) => (unwanted("c", name?.name ?? name) ? Promise.resolve() : go()));
  wrap(Storage.prototype, "setItem", ([key], go, self) => unwanted(self == sessionStorage ? "s" : "l", key) || go());
  wrap(IDBFactory.prototype, "open", ([name], go) => {
    if (unwanted("i", name)) throw new DOMException("", "SecurityError");
    return go();
  });
};
