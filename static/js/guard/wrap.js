/**
 * Stands in front of something native: a method, a constructor, or the writing side of a property. A proxy keeps its
 * name, length and text, so that whoever looks sees what was there before.
 *
 * @param {any} owner of it; nothing happens where this browser has none
 * @param {string} name
 * @param {(args: any[], go: () => any, self: any) => any} act what happens instead; `go` does what was asked for
 */
export const wrap = (owner, name, act) => {
  const found = owner && Object.getOwnPropertyDescriptor(owner, name);
  for (const side of ["set", "value"])
    if (found?.[side]) {
      found[side] = new Proxy(found[side], {
        apply: (target, self, args) => act(args, () => Reflect.apply(target, self, args), self),
        construct: (target, args, made) => act(args, () => Reflect.construct(target, args, made), made),
      });
      Object.defineProperty(owner, name, found);
    }
};
