// Names and sizes of what is too small; a switch counts with the label around it.
const [where, least] = arguments;
return [...document.querySelectorAll(where)]
  .map((it) => [it.name || it.textContent, (it.closest("label") || it).getBoundingClientRect()])
  .filter(([, { width, height }]) => width && (width < least || height < least))
  .map(([name, { width, height }]) => [name, width, height]);
