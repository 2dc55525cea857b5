/**
 * Meta Pixel: consent is revoked before `init`, and granted as the visitor chose.
 * Source: https://developers.facebook.com/docs/meta-pixel/implementation/gdpr
 *
 * @typedef {import("../extras/vendors.js").Purposes} Purposes
 */
import { said } from "./queue.js";

const globals = /** @type {any} */ (window);
let granted = false;

/** What stands first in the queue. */
const opening = () => [said("consent", "revoke"), ...(granted ? [said("consent", "grant")] : [])];

/** @param {any} owner @param {string} name @param {any} value */
const settle = (owner, name, value) => Object.defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: true });

/** The vendor's snippet does nothing where there is an `fbq` already: so wait for its own, and for its queue. */
const await_ = () =>
  Object.defineProperty(globals, "fbq", {
    configurable: true,
    get: () => undefined,
    set(fbq) {
      if (!fbq) return;
      settle(globals, "fbq", fbq);
      if (fbq.queue) fbq.queue.unshift(...opening());
      else
        Object.defineProperty(fbq, "queue", {
          configurable: true,
          set: (queue) => settle(fbq, "queue", [...opening(), ...queue]),
        });
    },
  });

/** @param {Purposes} purposes @param {boolean} first */
export const meta = ({ marketing }, first) => {
  granted = marketing;
  const { fbq } = globals;
  if (!fbq) first && await_();
  else if (first && fbq.queue && !fbq.callMethod) fbq.queue.unshift(...opening());
  else fbq("consent", granted ? "grant" : "revoke");
};
