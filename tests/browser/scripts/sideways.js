// By how many pixels the page, or either layer, would have to be scrolled sideways.
const all = [document.documentElement, ...document.querySelectorAll("[data-consent-part=notice], dialog")];
return Math.max(...all.map((it) => it.scrollWidth - it.clientWidth));
