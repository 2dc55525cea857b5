/* Stands in for Google's gtag.js: the documented cookies, and one collect request. Our own words, not Google's. */
(function () {
  "use strict";
  var here = new URL(document.currentScript.src);
  var id = here.searchParams.get("id") || "G-0";
  var visitor = "GA1.1." + Math.floor(Math.random() * 1e9) + "." + Math.floor(Date.now() / 1000);
  function keep(name, value) {
    document.cookie = name + "=" + value + ";path=/;max-age=" + 63072000 + ";SameSite=Lax";
  }
  if (!/(^|; )_ga=/.test(document.cookie)) keep("_ga", visitor);
  keep("_ga_" + id.replace(/^G-/, ""), "GS2.1.s" + Math.floor(Date.now() / 1000));
  var port = here.port ? ":" + here.port : "";
  var address = here.protocol + "//region1.google-analytics.com.localhost" + port + "/g/collect?v=2&tid=" + id;
  fetch(address + "&en=page_view&dl=" + encodeURIComponent(location.href), {
    method: "POST", mode: "no-cors", keepalive: true,
  }).catch(function () {});
})();
