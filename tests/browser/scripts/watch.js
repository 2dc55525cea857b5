// Keeps every layout shift, and for each largest paint whether it was the banner's.
window.shifts = [];
window.paints = [];
const watch = (type, see) =>
  new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({ type, buffered: true });
watch("layout-shift", ({ value }) => shifts.push(value));
watch("largest-contentful-paint", ({ element }) => paints.push(!!element?.closest("#jutt-consent")));
