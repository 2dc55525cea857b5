/**
 * Events that bubble on `document`, `consent:ready` and so on, with the decision as their detail; and the data layer.
 * A listener that throws breaks nothing, as with any event.
 */
import { decision } from "./standing.js";

/** @param {string} event @param {(decision: any) => void} listener @returns {() => void} unsubscribes */
export const on = (event, listener) => {
  const heard = (/** @type {any} */ { detail }) => listener(detail);
  addEventListener("consent:" + event, heard);
  return () => removeEventListener("consent:" + event, heard);
};

/** @param {string} event */
export const emit = (event) =>
  document.dispatchEvent(new CustomEvent("consent:" + event, { detail: decision, bubbles: true }));

/** @param {import("./decision.js").Decision} decision */
export const push = ({ categories, services, reason }) =>
  (window.dataLayer ||= []).push({ event: "consent_update", consent: { categories, services, reason } });
