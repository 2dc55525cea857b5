// Where each element of a selector stands in the page, and how large it is, to half a pixel.
return [...document.querySelectorAll(arguments[0])].map((it) => {
  const { x, y, width, height } = it.getBoundingClientRect();
  return [x, y + scrollY, width, height].map((each) => Math.round(each * 2) / 2);
});
