/**
 * Makes `dist/` out of the modules and styles: `npm ci && npm run build`. Developers and CI run it; an install does not.
 *
 * The first line of `dist/banner.js` is `/* sources sha256:<64 hex digits> *\/`, over everything that it is made of:
 * every `.js` of FOLDERS, and every `.css` of `static/css/` whose name stands in STYLES, in the order of their paths
 * relative to `static/` (by code point), each as its path (`css/notice.css`, `js/banner.js`), a zero byte, its bytes, and
 * another zero byte.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { build, transform } from "esbuild";
import { minify } from "terser";

const here = new URL("./", import.meta.url);
const target = ["chrome111", "firefox115", "safari16.4"];
const TOKEN = '"__CONSENT_CONFIG__"';

const FOLDERS = ["./", "./cards/", "./extras/", "./guard/", "./inspector/", "./vendors/"];
const STYLES = ["notice", "preferences", "placeholders", "inspector"];

const modules = (/** @type {string} */ folder) =>
  readdirSync(new URL(folder, here)).filter((name) => name.endsWith(".js")).map((name) => folder.slice(2) + name);

const sources = () =>
  [
    ...FOLDERS.flatMap(modules).map((path) => `js/${path}`),
    ...STYLES.map((name) => `css/${name}.css`),
  ].sort((a, b) => (a < b ? -1 : 1));

/** A module may import a style sheet as text. */
const css = {
  name: "css",
  setup(/** @type {any} */ { onLoad }) {
    onLoad({ filter: /\.css$/ }, async (/** @type {{path: string}} */ { path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true, target, legalComments: "none" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const digest = () => {
  const hash = createHash("sha256");
  for (const path of sources()) {
    hash.update(path + "\0").update(readFileSync(new URL(`../${path}`, here))).update("\0");
  }
  return hash.digest("hex");
};

const bundled = async (/** @type {string} */ path, options = {}) => {
  const result = await build({
    entryPoints: [new URL(path, here).pathname],
    bundle: true,
    minify: true,
    write: false,
    charset: "utf8",
    legalComments: "none",
    target,
    ...options,
  });
  return result.outputFiles[0].text;
};

const put = (/** @type {string} */ name, /** @type {string} */ text) => {
  writeFileSync(new URL(`dist/${name}`, here), text);
  console.log(name.padEnd(16), text.length, "characters,", brotliCompressSync(text).length, "in brotli");
};

// esbuild joins the modules; terser then finds some 120 bytes more. Strict mode changes nothing in what is left.
for (const name of ["banner.js", "guarded.js"]) {
  const joined = await bundled(name, { format: "iife" });
  const { code: script = "" } = await minify(joined.replace('"use strict";', ""), {
    ecma: 2020,
    toplevel: true,
    compress: { passes: 3, inline: 1, reduce_funcs: false, unsafe_arrows: true, pure_getters: true, keep_fargs: false },
  });
  if (script.split(TOKEN).length != 2) throw new Error(`the bundle must hold ${TOKEN} exactly once`);
  put(name, `/* sources sha256:${digest()} */\n${script}`);
}
put("early.js", await bundled("early.js"));
mkdirSync(new URL("dist/extras/", here), { recursive: true });
for (const path of modules("./extras/")) put(path, await bundled(path, { format: "esm", plugins: [css] }));
// Custom properties keep their spaces in esbuild; nothing of ours depends on them.
const tight = (/** @type {string} */ text) => text.replace(/(--\w+): /g, "$1:").replace(/(var\(--[\w-]+,) /g, "$1");
put("notice.css", tight(await bundled("../css/notice.css")));

// Places in a page get the shared styles too, of the same specificity: an id that nothing has stands in for ours.
const [, shared] = readFileSync(new URL("../css/notice.css", here), "utf8").split(/^\/\* Shared:[^]*?\*\/|^\/\* The notice and/m);
const inPlaces = shared.replaceAll("#jutt-consent", ":is([data-consent-preferences], #_)");
const { code: places } = await transform(inPlaces, { loader: "css", minify: true, target, legalComments: "none" });
put("preferences.css", places + (await bundled("../css/preferences.css")));
