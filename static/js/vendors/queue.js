/**
 * A vendor's queue, which its library works off once it has come: what is said of consent must stand before all that a
 * page has put there already. A library that has come has a `push` of its own, and is told at once.
 *
 * @param {string} name of the global array; made where there is none
 * @param {...any} entries
 */
export const ahead = (name, ...entries) => {
  const globals = /** @type {any} */ (window);
  const queue = (globals[name] ||= []);
  Array.isArray(queue) && !Object.hasOwn(queue, "push") ? queue.unshift(...entries) : queue.push(...entries);
};

/** What a call leaves behind in a queue of `arguments`, as Google's, Meta's and Clarity's are. @type {(...words: any[]) => IArguments} */
export const said = function () {
  return arguments;
};
