// Whether every matcher finds something that takes room in the page.
return arguments[0].every(({ target, parent }) =>
  [...document.querySelectorAll([parent?.selector, target.selector].filter(Boolean).join(" "))].some(
    (it) => it.offsetHeight > 0,
  ),
);
