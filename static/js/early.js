/**
 * A head start for what the page's own decision grants: `consent_banner()` writes this into pages with a nonce, before
 * the script itself. It runs nothing. Scripts that are granted are fetched as soon as the parser reaches them, so that
 * they are there when banner.js comes to run them; an ungated tag starts no sooner.
 */
(() => {
  const grants = /** @type {string} */ (document.currentScript?.dataset.grants).split(" ");
  const seen = new WeakSet();

  const look = () => {
    for (const script of /** @type {NodeListOf<HTMLScriptElement>} */ (document.querySelectorAll("script[data-consent]"))) {
      const { consent = "", src = script.getAttribute("src"), type } = script.dataset;
      if (!src || seen.has(script) || !grants.includes(consent)) continue;
      seen.add(script);
      const link = document.createElement("link");
      link.rel = type == "module" ? "modulepreload" : "preload";
      link.as = "script";
      if (script.crossOrigin != null) link.crossOrigin = script.crossOrigin;
      if (script.integrity) link.integrity = script.integrity;
      if (script.referrerPolicy) link.referrerPolicy = script.referrerPolicy;
      if (script.nonce) link.nonce = script.nonce; // Its own: it is never lent ours.
      link.href = src;
      document.head.append(link);
    }
  };

  // An old page, or a refusal that is still on its way: what was inlined is not to be trusted.
  if (performance.navigation.type == 2 || localStorage.getItem("consent-pending")) return;
  look();
  const watch = new MutationObserver(look);
  watch.observe(document, { childList: true, subtree: true });
  addEventListener("DOMContentLoaded", () => watch.disconnect());
})();
