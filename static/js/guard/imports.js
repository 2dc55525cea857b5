/**
 * `import()` of a service's host, and imports in the page's own modules: refused by an import map, for as long as the
 * page stands, since none can be taken back. Only the site's own modules are meant; what a granted tag imports itself is
 * its business. Where a second import map would break the page's own (all but newer Chromium), this is the wall's.
 */
import { config } from "../config.js";
import { allows } from "../standing.js";
import { trusted } from "../trusted.js";

const { nonce } = /** @type {any} */ (document.currentScript);

export const watchImports = () => {
  if (!("userAgentData" in navigator && "moveBefore" in Element.prototype)) return;
  /** @type {Record<string, null>} */
  const refused = {};
  for (const [service, names] of Object.entries(/** @type {Record<string, string[]>} */ (config.hosts)))
    for (const name of names)
      for (const at of [name, name + ":" + location.port])
        if (!allows(service)) refused[`https://${at}/`] = refused[`http://${at}/`] = null;
  const map = document.createElement("script");
  map.type = "importmap";
  map.nonce = nonce;
  map.text = trusted("createScript", JSON.stringify({ scopes: { [location.origin + "/"]: refused } }));
  document.head.append(map);
  map.remove();
};
