// The texts below a selector that stick out of the box they stand in.
const range = document.createRange();
const outside = (it) => {
  range.selectNodeContents(it);
  const [text, box] = [range.getBoundingClientRect(), it.getBoundingClientRect()];
  const aside = text.left < box.left - 1 || text.right > box.right + 1;
  return text.width && (aside || text.top < box.top - 4 || text.bottom > box.bottom + 4);
};
return [...document.querySelectorAll(arguments[0])]
  .filter((it) => it.children.length == 0 && it.textContent.trim() && it.offsetHeight)
  .filter((it) => getComputedStyle(it).display != "inline" && outside(it))
  .map((it) => it.textContent.trim().slice(0, 40));
