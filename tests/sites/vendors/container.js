/* A container of Acme Analytics, into which somebody has put a pixel as well. */
(() => {
  new Image().src = "https://stats.acme.example/collect?e=container";
  const tag = document.createElement("script");
  tag.src = "https://px.pixel.example/bare.js";
  document.head.append(tag);
})();
