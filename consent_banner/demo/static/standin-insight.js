/* Stands in for LinkedIn's insight.min.js: the documented first-party cookies, and one collect pixel. Our own words. */
(function () {
  "use strict";
  var here = new URL(document.currentScript.src);
  var id = (window._linkedin_data_partner_ids || [])[0] || "0";
  document.cookie = "li_fat_id=" + Math.random().toString(36).slice(2) + ";path=/;max-age=2592000;SameSite=Lax";
  document.cookie = "li_giant=" + Math.random().toString(36).slice(2) + ";path=/;max-age=604800;SameSite=Lax";
  var port = here.port ? ":" + here.port : "";
  var page = encodeURIComponent(location.href);
  new Image().src = here.protocol + "//px.ads.linkedin.com.localhost" + port + "/collect/?v=2&fmt=gif&pid=" + id + "&url=" + page;
})();
