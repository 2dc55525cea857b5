/**
 * The policy entries that unknown third parties need, as TOML for the end of the policy's file: the catalogue's where it
 * knows the host, else one to be completed, with the hosts that were seen.
 */
import { config } from "./config.js";
import { knownAs, remote } from "./owners.js";

/** JSON's escapes are TOML's, too (TOML 1.0, Strings). @param {unknown} value */
const quoted = (value) => JSON.stringify(value).replaceAll("\x7f", "\\u007f");

/**
 * The site of a host, as a name for its entry: two labels, or three where the last two look like a suffix (`co.uk`,
 * `com.au`). Only a name depends on it, which the author of the policy reads over.
 *
 * @param {string} host
 */
const siteOf = (host) => (/^[\d.]+$|:/.test(host) ? host : host.split(".").slice(/\.(\w{2,3})\.\w\w$/.test(host) ? -3 : -2).join("."));

/** @param {string} site @param {string | null} category @param {string[]} hosts @param {string[]} languages @param {string} todo */
const unknown = (site, category, hosts, languages, todo) => [
  `id = ${quoted(site.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "service")}`,
  `category = ${quoted(category || "TODO")}`,
  `name = ${quoted(site)}`,
  `provider = "TODO" # ${todo}`,
  `country = "TODO" # ISO 3166`,
  `privacy_policy = "TODO"`,
  `purpose = { ${languages.map((each) => `${each} = "TODO"`).join(", ")} }`,
  `hosts = [${hosts.map(quoted).join(", ")}]`,
  `storage = []`,
];

/** @param {import("./marked.js").Found[]} rows @param {string[]} languages the policy's @param {string} todo */
export const snippet = (rows, languages, todo) => {
  /** @type {Map<string, {hosts: string[], category: string | null, known: boolean}>} */
  const drafts = new Map();
  for (const { address, category } of rows.filter(({ unknown }) => unknown)) {
    const { hostname } = /** @type {URL} */ (remote(address));
    const known = knownAs(hostname);
    const name = known || siteOf(hostname);
    const draft = drafts.get(name) || { hosts: [], category: null, known: !!known };
    if (!draft.hosts.includes(hostname)) draft.hosts.push(hostname);
    draft.category ||= category;
    drafts.set(name, draft);
  }
  return [...drafts]
    .map(([name, { hosts, category, known }]) => {
      const usual = known && (category || config.catalogue[name].category);
      const body = usual ? [`use = ${quoted(name)}`, `category = ${quoted(usual)}`] : unknown(name, category, hosts, languages, todo);
      return ["[[services]]", ...body, ""].join("\n");
    })
    .join("\n");
};
