/**
 * A vendor's queue, which its library works off once it has come: what is said of consent must stand before all that a
 * page has put there already. A library that has come is told at once.
 *
 * @param {string} name of the global array; made where there is none
 * @param {any[]} entries
 * @param {boolean} [come] whether the library has; otherwise told by a `push` of the queue's own
 */
export const ahead = (name, entries, come) => {
  const queue = (/** @type {any} */ (window)[name] ||= []);
  Array.isArray(queue) && !(come ?? Object.hasOwn(queue, "push")) ? queue.unshift(...entries) : queue.push(...entries);
};

/** What a call leaves behind in a queue of `arguments`, as Google's, Meta's and Clarity's are. @type {(...words: any[]) => IArguments} */
export const said = function () {
  return arguments;
};
