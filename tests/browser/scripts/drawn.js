// How each element of a selector is drawn: its size, its looks, and what its pseudo-elements say.
const [where, names] = arguments;
const looks = (it) => {
  const style = getComputedStyle(it);
  return names.map((name) => style.getPropertyValue(name)).join("; ");
};
return [...document.querySelectorAll(where)].map((it) => {
  const { width, height } = it.getBoundingClientRect();
  const said = ["::before", "::after"].map((pseudo) => getComputedStyle(it, pseudo).content);
  const name = it.dataset.consentPart || it.getAttribute("name") || "";
  return [it.localName, name, Math.round(width), Math.round(height), looks(it), ...said].join(" | ");
});
