/** What a refused service declares is not stored. Taking something away is always allowed. */
import { config } from "../config.js";
import { refused } from "../refused.js";
import { allows } from "../standing.js";
import { wrap } from "./wrap.js";

/** @param {string} kind a letter, as in the configuration @param {unknown} name */
const unwanted = (kind, name) => refused(config.storage, allows).test(kind + String(name));

/** Storage as the page sees it, to the browser's own, and the other way. @type {Map<Storage, Storage>} */
const own = new Map();
const faces = new Map();

/** Writing a property stores it too, so the page gets a face of each storage. @param {"localStorage" | "sessionStorage"} name */
const watchProperties = (name) => {
  const real = window[name];
  const face = new Proxy(real, {
    get: (target, key) => {
      const value = Reflect.get(target, key);
      return typeof value == "function" ? value.bind(target) : value;
    },
    set: (target, key, value) => unwanted(name[0], key) || Reflect.set(target, key, value),
  });
  own.set(face, real);
  faces.set(real, face);
  Object.defineProperty(window, name, { get: () => face, configurable: true, enumerable: true });
};

const watchWebStorage = () => {
  const { sessionStorage: session } = window;
  for (const name of ["getItem", "setItem", "removeItem", "key", "clear"]) {
    const native = /** @type {any} */ (Storage.prototype)[name];
    const apply = (/** @type {any} */ target, /** @type {any} */ self, /** @type {any[]} */ args) => {
      const real = own.get(self) || self;
      return name == "setItem" && unwanted(real == session ? "s" : "l", args[0]) ? undefined : Reflect.apply(target, real, args);
    };
    /** @type {any} */ (Storage.prototype)[name] = new Proxy(native, { apply });
  }
  watchProperties("localStorage");
  watchProperties("sessionStorage");
  const { get } = /** @type {any} */ (Object.getOwnPropertyDescriptor(StorageEvent.prototype, "storageArea"));
  Object.defineProperty(StorageEvent.prototype, "storageArea", {
    get() {
      return faces.get(get.call(this)) || get.call(this);
    },
    configurable: true,
  });
};

export const watchStorage = () => {
  wrap(Document.prototype, "cookie", ([text], go) => {
    const [name, value] = String(text).split(";")[0].split("=");
    (value && unwanted("c", name.trim())) || go();
  });
  wrap(window.CookieStore?.prototype, "set", ([name], go) => (unwanted("c", name?.name ?? name) ? Promise.resolve() : go()));
  wrap(IDBFactory.prototype, "open", ([name], go) => {
    if (unwanted("i", name)) throw new DOMException("", "SecurityError");
    return go();
  });
  try {
    watchWebStorage();
  } catch {} // Storage may be forbidden.
};
