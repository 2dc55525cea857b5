/* Stands in for Meta's fbevents.js: the documented cookies, and one pixel for each tracked event. Our own words. */
(function () {
  "use strict";
  var here = new URL(document.currentScript.src);
  var id = "0";
  function keep(name, value) {
    document.cookie = name + "=" + value + ";path=/;max-age=" + 7776000 + ";SameSite=Lax";
  }
  if (!/(^|; )_fbp=/.test(document.cookie)) keep("_fbp", "fb.1." + Date.now() + "." + Math.floor(Math.random() * 1e10));
  var click = new URLSearchParams(location.search).get("fbclid");
  if (click) keep("_fbc", "fb.1." + Date.now() + "." + encodeURIComponent(click));
  function take(command, what) {
    if (command === "init") id = what;
    if (command !== "track") return;
    var port = here.port ? ":" + here.port : "";
    var page = encodeURIComponent(location.href);
    new Image().src = here.protocol + "//www.facebook.com.localhost" + port + "/tr/?id=" + id + "&ev=" + what + "&dl=" + page;
  }
  var queue = (window.fbq && window.fbq.queue) || [];
  if (window.fbq) window.fbq.callMethod = take;
  while (queue.length) take.apply(null, queue.shift());
})();
