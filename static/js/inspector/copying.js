/** The policy's entries for strangers, and a button that copies them; where a browser forbids that, they are selected. */
import { snippet } from "./snippet.js";

/**
 * @param {any} place holds a label, a textarea, a button and a live region
 * @param {Record<string, string>} words
 * @param {string[]} languages
 * @returns {(rows: import("./marked.js").Found[]) => void} writes the entries anew
 */
export const copying = (place, words, languages) => {
  const [label, area, button, status] = place.children;
  label.append(words.entry);
  label.htmlFor = area.id = "jutt-inspect-entry";
  button.append(words.copy);
  button.addEventListener("click", async () => {
    status.textContent = "";
    try {
      await navigator.clipboard.writeText(area.value);
      status.textContent = words.copied;
    } catch {
      area.focus();
      area.select();
      status.textContent = words.selected;
    }
  });
  return (rows) => {
    const text = snippet(rows, languages, words.todo);
    if (area.value == text) return; // A selection survives where nothing is new.
    area.value = text;
    area.rows = Math.min(text.trimEnd().split("\n").length, 10);
  };
};
