/**
 * A wall that a page without one of the server's puts up itself: `<script async src="/consent/banner.js?lang=et"
 * data-csp="'self' https://cdn.example"></script>` names the page's own sources. Once a visitor has refused something, a
 * Content-Security-Policy holds back every other host but those of what is granted, however the page reaches for it.
 *
 * A policy in a page can be added and never taken away: another refusal adds another, and what is granted later is had by
 * one reload, announced. Before an answer nothing is held back by it, nor what the page has fetched by then.
 */
import { refusedAt } from "../belonging.js";
import { reloadOnce } from "../reloading.js";

/** @typedef {{hosts: Record<string, string[]>, texts: Record<string, import("../reloading.js").Texts>}} Told */

// `let`, so that the bundler keeps the token in one place.
export let told = /** @type {Told} */ (/** @type {unknown} */ ("__CONSENT_EXTRA__"));

/** The services that every policy of ours lets in. */
let within = Object.keys(told.hosts);

/** @param {string[]} granted services @returns {string[]} their hosts as sources, on any port and for sockets too */
const sources = (granted) => {
  const sockets = location.protocol == "http:" ? ["ws://", "wss://"] : ["wss://"];
  return granted.flatMap((service) => told.hosts[service]).flatMap((host) => ["", ...sockets].map((scheme) => `${scheme}${host}:*`));
};

/** @param {string} source as the page states it @param {string[]} granted */
const stated = (source, granted) => {
  if (source[0] == "'") return source == "'self'";
  const [, host] = /** @type {string[]} */ (/^(?:[a-z][a-z\d+.-]*:\/\/)?([^:/]*)/i.exec(source));
  if (/[;,]/.test(source)) return false;
  if (host == "*" || /^[a-z][a-z\d+.-]*:$/i.test(source)) return true; // Too wide to hold anything back: the page's own word.
  return !refusedAt("https://" + host.replace("*", "any"), told.hosts, (service) => granted.includes(service));
};

/** @param {string[]} granted */
const raise = (granted) => {
  const script = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-csp]"));
  const own = /** @type {string} */ (script.dataset.csp).split(/\s+/).filter((source) => source && stated(source, granted));
  const list = [...own, new URL(script.src, document.baseURI).origin, ...sources(granted)].join(" ");
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  // What has no host stays as the page's other policies have it: all of them must allow something.
  meta.content = `default-src ${list} 'unsafe-inline' 'unsafe-eval' data: blob:; form-action ${list}`;
  document.head.append(meta);
};

/** @param {import("../extra.js").Tools} tools */
export default ({ language }) => {
  const granted = () => {
    const { decided, services } = window.consentBanner.decision || {};
    return decided && Object.keys(told.hosts).filter((service) => services?.[service]);
  };
  const now = granted();
  if (!now) return;
  const both = within.filter((service) => now.includes(service));
  if (both.length < within.length) raise((within = both));
  const outside = () => !!granted() && /** @type {string[]} */ (granted()).some((service) => !within.includes(service));
  if (outside()) return reloadOnce(outside, told.texts[language]);
};
