/** Requests that scripts make: one that must wait fails as though the network were gone, so the page's code goes on. */
import { keeper } from "./owners.js";
import { wrap } from "./wrap.js";

/** A connection that never was. @param {string} url @param {any} made its constructor @param {number} closed its last state */
const dead = (url, made, closed) => {
  const socket = Object.assign(Object.setPrototypeOf(new EventTarget(), EventTarget.prototype));
  /** @type {any} */
  const own = { url, readyState: closed, bufferedAmount: 0, send() {}, close() {} };
  for (const name of ["open", "message", "error", "close"]) own["on" + name] = null;
  for (const name in own) Object.defineProperty(socket, name, { value: own[name], writable: true });
  Object.setPrototypeOf(socket, made.prototype);
  setTimeout(() => {
    for (const name of ["error", "close"]) {
      const event = new Event(name);
      socket["on" + name]?.(event);
      socket.dispatchEvent(event);
    }
  });
  return socket;
};

/** @param {Event} event a form's that is sent */
const submitted = (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const by = /** @type {any} */ (event).submitter;
  if (keeper(by?.hasAttribute("formaction") ? by.formAction : form.getAttribute("action"))) event.preventDefault();
};

export const watchRequests = () => {
  wrap(window, "fetch", ([input], go) => (keeper(input?.url || input) ? Promise.reject(new TypeError("Failed to fetch")) : go()));
  wrap(window, "fetchLater", ([input], go) => (keeper(input?.url || input) ? { activated: false } : go()));
  wrap(Navigator.prototype, "sendBeacon", ([url], go) => !!keeper(url) || go());
  wrap(XMLHttpRequest.prototype, "open", (args, go) => {
    if (keeper(args[1])) args[1] = "blob:" + location.origin + "/0"; // There is none: a network error, sent nowhere.
    return go();
  });
  wrap(window, "WebSocket", ([url], go, made) => (keeper(url) ? dead(url, made, 3) : go()));
  wrap(window, "EventSource", ([url], go, made) => (keeper(url) ? dead(url, made, 2) : go()));
  addEventListener("submit", submitted, true);
  wrap(HTMLFormElement.prototype, "submit", (_, go, self) => keeper(self.getAttribute("action")) || go());
};
