// As browsers translate a page: every text node is replaced, under the scripts' feet.
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const all = [];
while (walk.nextNode()) all.push(walk.currentNode);
for (const text of all) {
  if (!text.data.trim() || /SCRIPT|STYLE/.test(text.parentNode.nodeName)) continue;
  const font = document.createElement("font");
  font.textContent = text.data.toUpperCase();
  text.replaceWith(font);
}
