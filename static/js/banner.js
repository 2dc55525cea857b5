/**
 * What pages load: `<script async src="/consent/banner.js?lang=et"></script>`. Asks the service what may load, shows the
 * notice where the visitor must be asked, opens the gates of what was granted, and is `window.consentBanner`.
 */
import { again } from "./check.js";
import { acceptAll, rejectAll, save, withdraw } from "./choices.js";
import { click } from "./clicks.js";
import { attributes, config } from "./config.js";
import { verified } from "./decision.js";
import { on, push } from "./events.js";
import { extra } from "./extra.js";
import { scan } from "./gate.js";
import { find } from "./layers.js";
import { adopt } from "./markup.js";
import { pending, remembered } from "./memory.js";
import { ignore, refresh } from "./notice.js";
import { close, follow as tick, open } from "./preferences.js";
import { clear } from "./room.js";
import { allows, apply, decision, ready, when } from "./standing.js";
import { follow } from "./tabs.js";

/**
 * The decision that the server wrote into this page, unless the page is an old one. The attribute asked is deprecated,
 * and half as long as its successor; where it is gone, this throws, and the service is asked.
 *
 * @returns {any}
 */
const inlined = () =>
  performance.navigation.type != 2 && !pending() && JSON.parse(/** @type {string} */ (attributes.decision));

/** @param {() => any} source @returns {boolean} whether it had a decision */
const from = (source) => {
  try {
    apply(verified(source()));
    return true;
  } catch {
    return false;
  }
};

const start = () => {
  find();
  on("ready", push);
  on("change", push);
  const known = from(inlined); // First: a tag that is granted already waits for nothing else.
  adopt(config.style);
  addEventListener("click", click, true); // A page that stops its clicks does not stop a visitor from choosing.
  addEventListener("change", tick);
  addEventListener("focusin", clear);
  addEventListener("load", refresh);
  follow();
  scan();
  new MutationObserver(scan).observe(document, { childList: true, subtree: true, attributeFilter: ["data-consent"] });
  if (!known) {
    from(remembered);
    again();
  }
  if (location.hash == "#consent-inspect") extra("inspector").catch(ignore);
};

// Included twice, it does nothing the second time.
if (!window.consentBanner) {
  window.consentBanner = {
    ready,
    get decision() {
      return decision;
    },
    allows,
    when,
    on,
    open: () => open(),
    close,
    acceptAll,
    rejectAll,
    save,
    withdraw,
    inspect: () => extra("inspector"),
  };
  start();
}
