/* Stands in for Hotjar's script: the documented cookies and storage keys, and one request. Our own words. */
(function () {
  "use strict";
  var here = new URL(document.currentScript.src);
  var id = (window._hjSettings || {}).hjid || 0;
  function keep(name, seconds) {
    document.cookie = name + id + "=" + Math.random().toString(36).slice(2) + ";path=/;max-age=" + seconds + ";SameSite=Lax";
  }
  keep("_hjSessionUser_", 31536000);
  keep("_hjSession_", 1800);
  sessionStorage.setItem("hjViewportId", innerWidth + "x" + innerHeight);
  localStorage.setItem("hjActiveViewportIds", String(Date.now()));
  var port = here.port ? ":" + here.port : "";
  var address = here.protocol + "//content.hotjar.io.localhost" + port + "/?site_id=" + id + "&gzip=1";
  fetch(address, { method: "POST", mode: "no-cors", keepalive: true }).catch(function () {});
})();
