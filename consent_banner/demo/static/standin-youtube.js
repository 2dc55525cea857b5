/* Stands in for YouTube's player in privacy-enhanced mode: it keeps nothing until the visitor presses play. Our own words. */
document.querySelector("button").addEventListener("click", function () {
  "use strict";
  var cookies = ";path=/;SameSite=None;Secure;Partitioned";
  document.cookie = "YSC=" + Math.random().toString(36).slice(2) + cookies;
  document.cookie = "VISITOR_INFO1_LIVE=" + Math.random().toString(36).slice(2) + cookies + ";max-age=15552000";
  fetch("/api/stats/playback", { method: "POST", keepalive: true }).catch(function () {});
  document.querySelector("p").textContent = "▶ www.youtube-nocookie.com.localhost";
});
