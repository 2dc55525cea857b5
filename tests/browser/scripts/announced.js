// Keeps what live regions say from now on, and which of ours stand in the page by now.
const region = ({ target }) => (target.nodeType == 1 ? target : target.parentNode)?.closest("[role=status], [aria-live]");
window.said = [];
new MutationObserver((all) =>
  all.forEach((change) => {
    const text = region(change)?.textContent.trim();
    if (text) said.push(text);
  }),
).observe(document, { childList: true, subtree: true, characterData: true });
window.regions = [...document.querySelectorAll("#jutt-consent [role=status]")];
