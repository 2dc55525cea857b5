/**
 * What only some pages need is fetched when they need it: `banner.js?extra=<name>`, from the address that the page's
 * policy allows anyway. Each is a module with one function, called with what it may work with.
 *
 * @typedef {Awaited<ReturnType<typeof tools>>} Tools
 */
import { base, config } from "./config.js";
import { language } from "./language.js";
import { load } from "./layers.js";
import { adopt, parse } from "./markup.js";
import { fill } from "./preferences.js";
import { ask } from "./service.js";

const tools = () => ({ config, language, load, adopt, parse, fill, ask });

/** @param {string} name @param {any} [about] @returns {Promise<any>} rejects where it cannot be had */
export const extra = async (name, about) =>
  (await import(`${base}banner.js?extra=${name}`)).default(tools(), about);
