// What a visitor can see and do, looked at from a world of our own: the page's scripts neither see nor change it.
// Evaluates to an object of functions; each returns plain values.
({
  /** The notice and its controls. */
  notice() {
    const opacityOf = (element) => {
      let product = 1;
      for (let each = element; each; each = each.parentElement) product *= Number(getComputedStyle(each).opacity);
      return product;
    };
    const unseen = (element) => {
      const { width, height, left, right, top, bottom } = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      if (!element.getClientRects().length) return "it is not displayed";
      if (style.visibility != "visible") return "it is invisible";
      if (opacityOf(element) < 0.2) return "it is transparent";
      if (width < 20 || height < 12) return `it is ${Math.round(width)} by ${Math.round(height)} pixels`;
      if (right < 10 || bottom < 10 || left > innerWidth - 10 || top > innerHeight - 10) return "it lies outside the window";
      return null;
    };
    const covered = (element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      const points = [[0.5, 0.5], [0.15, 0.5], [0.85, 0.5]];
      const hits = points.map(([x, y]) => document.elementFromPoint(left + width * x, top + height * y));
      const away = hits.filter((hit) => !hit || !(element.contains(hit) || hit.contains(element)));
      return away.length < 2 ? null : `${away[0]?.localName ?? "something"} lies over it`;
    };
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const plain = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };
    const over = (top, below) => [0, 1, 2].map((index) => top[index] * top[3] + below[index] * (1 - top[3])).concat(1);
    const behind = (element) => {
      if (!element) return [255, 255, 255, 1];
      const own = plain(getComputedStyle(element).backgroundColor);
      return own[3] >= 0.99 ? own : over(own, behind(element.parentElement));
    };
    const luminance = (color) => {
      const [red, green, blue] = color.slice(0, 3).map((each) => {
        const value = each / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (element) => {
      const ground = behind(element.parentElement);
      const opacity = opacityOf(element);
      const [red, green, blue, alpha] = plain(getComputedStyle(element).backgroundColor);
      const [r, g, b, a] = plain(getComputedStyle(element).color);
      const back = over([red, green, blue, alpha * opacity], ground);
      const text = over([r, g, b, a * opacity], back);
      const [dark, light] = [luminance(back), luminance(text)].sort((one, other) => one - other);
      return (light + 0.05) / (dark + 0.05);
    };
    const part = (element) => {
      const { width, height } = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const off = element.disabled ? "it is disabled" : style.pointerEvents == "none" ? "it takes no clicks" : null;
      const why = unseen(element) ?? off ?? covered(element);
      const font_size = parseFloat(style.fontSize);
      return { width, height, font_size, contrast: Number(contrast(element).toFixed(2)), usable: why == null, why };
    };
    const notice = document.querySelector('[data-consent-part="notice"]');
    if (!notice) return { visible: false, why: "it is not there", parts: {} };
    const parts = {};
    for (const name of ["accept-all", "reject-all", "customise"]) {
      const element = notice.querySelector(`[data-consent-part="${name}"]`);
      if (element) parts[name] = part(element);
    }
    const answerable = Object.values(parts).some((each) => each.usable);
    const why = unseen(notice) ?? (answerable ? null : Object.values(parts)[0]?.why ?? "it has no buttons");
    return { visible: why == null, why, parts };
  },

  /** What stands in the way of using the page, the notice itself aside. */
  usable() {
    const ours = document.getElementById("jutt-consent");
    const text = (element) => (element?.innerText ?? "").replace(/\s+/g, " ").length;
    const letters = text(document.body) - text(ours);
    const named = (element) => element.localName + (element.id ? `#${element.id}` : "") + (element.classList[0] ? `.${element.classList[0]}` : "");
    const large = (element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const width = Math.min(right, innerWidth) - Math.max(left, 0);
      const height = Math.min(bottom, innerHeight) - Math.max(top, 0);
      return width > 0 && height > 0 && width * height > 0.5 * innerWidth * innerHeight;
    };
    const wall = (element) => {
      for (let each = element; each && each != document.body; each = each.parentElement) {
        if (each == ours) return null;
        const { position } = getComputedStyle(each);
        if ((position == "fixed" || position == "absolute") && large(each) && text(each) < letters / 2) return each;
      }
      return null;
    };
    const modal = [...document.querySelectorAll("dialog")].find((each) => each.matches(":modal"));
    const share = [0.1, 0.3, 0.5, 0.7, 0.9];
    const points = share.flatMap((x) => share.map((y) => [x * innerWidth, y * innerHeight]));
    const walls = points.map(([x, y]) => {
      const hits = document.elementsFromPoint(x, y).filter((hit) => !ours?.contains(hit));
      return wall(hits[0]);
    });
    const by = modal ?? walls.find(Boolean);
    const still = [...document.querySelectorAll("[inert]")].reduce((sum, each) => sum + text(each), 0);
    const content = document.querySelector("main") ?? document.body;
    const { filter, pointerEvents } = content ? getComputedStyle(content) : {};
    const away = /blur\((?!0px)/.test(filter ?? "") || pointerEvents == "none";
    const root = getComputedStyle(document.documentElement);
    const body = document.body ? getComputedStyle(document.body) : root;
    const stuck = [root, body].some((style) => ["hidden", "clip"].includes(style.overflowY)) || body.position == "fixed";
    const long = Math.max(document.documentElement.scrollHeight, document.body?.scrollHeight ?? 0) > innerHeight + 50;
    return {
      address: location.href,
      covered: modal ? 1 : walls.filter(Boolean).length / points.length,
      by: by ? named(by) : null,
      inert: (letters > 0 && still > letters / 2) || away,
      locked: stuck && long,
      letters,
    };
  },

  /** The names of everything that is ticked and could be unticked, in the preference centre wherever it stands. */
  ticked(categories) {
    const places = "#jutt-consent, [data-consent-preferences]";
    const own = [...document.querySelectorAll("input[type=checkbox], input[type=radio]")]
      .filter((each) => each.checked && !each.disabled && (categories.includes(each.name) || each.name.startsWith("service:")))
      .map((each) => each.name);
    const names = [...document.querySelectorAll(places)].flatMap((place) => [
      ...[...place.querySelectorAll("input[type=checkbox], input[type=radio]")]
        .filter((each) => each.checked && !each.disabled)
        .map((each) => each.name || each.id || each.type),
      ...[...place.querySelectorAll("[role=switch][aria-checked=true]")]
        .filter((each) => each.ariaDisabled != "true" && !each.disabled)
        .map((each) => each.getAttribute("name") || each.id || "switch"),
    ]);
    return [...new Set([...own, ...names])];
  },

  /** The names of the boxes that are ticked within something. */
  boxes(selector) {
    return [...document.querySelectorAll(`${selector} input[type=checkbox]`)].filter((each) => each.checked).map((each) => each.name);
  },

  /** The elements that load something, as they stand in the page. */
  tags() {
    const sources = ["src", "data-src", "href", "srcset", "data"];
    const found = [];
    for (const element of document.querySelectorAll("script, img, iframe, link, video, audio, source, embed, object")) {
      if (element.closest("#jutt-consent")) continue;
      const source = sources.map((name) => element.getAttribute(name)).find(Boolean);
      if (!source) continue;
      let url = source.split(" ")[0];
      try {
        url = new URL(url, document.baseURI).href;
      } catch {}
      const markup = element.outerHTML.split("</")[0].slice(0, 500);
      const rel = element.relList?.contains("preconnect") ? "preconnect" : null;
      found.push({ url, markup, marked: element.getAttribute("data-consent"), rel });
      if (found.length == 200) break;
    }
    for (const script of [...document.scripts].filter((each) => !each.src && !each.type.includes("json")).slice(0, 50)) {
      const hosts = script.text.match(/[a-z0-9-]+(\.[a-z0-9-]+)+(?=[:/'"])/g) ?? [];
      const markup = script.outerHTML.slice(0, 400);
      const marked = script.getAttribute("data-consent");
      if (hosts.length) found.push({ url: "", markup, marked, rel: null, hosts: [...new Set(hosts)].slice(0, 30) });
    }
    return found;
  },

  /** Keys of this frame's storage, and where it is. */
  async stored() {
    const keys = (name) => {
      try {
        return Object.keys(window[name]);
      } catch {
        return [];
      }
    };
    let databases = [];
    try {
      databases = (await indexedDB.databases()).map(({ name }) => name ?? "");
    } catch {}
    return {
      origin: self.origin, // That of the frame's maker, where the frame has no address of its own.
      local_storage: keys("localStorage"),
      session_storage: keys("sessionStorage"),
      indexed_db: databases,
    };
  },

  /** A control of the banner, if it can be clicked: the middle of it, scrolled into view. */
  spot(selector) {
    const element = [...document.querySelectorAll(selector)].find((each) => each.getClientRects().length);
    if (!element) return null;
    element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: Math.round(left + width / 2), y: Math.round(top + height / 2) };
  },

  /** A place of the page's own that nothing happens at when it is clicked, as far as its markup tells. */
  quiet() {
    const active = "a, button, input, select, textarea, label, summary, iframe, video, audio, dialog, [onclick], [role=button], #jutt-consent";
    for (let y = 0.12; y < 0.95; y += 0.12)
      for (const x of [0.5, 0.3, 0.7, 0.1, 0.9]) {
        const hit = document.elementFromPoint(x * innerWidth, y * innerHeight);
        if (hit && !hit.closest(active)) return { x: Math.round(x * innerWidth), y: Math.round(y * innerHeight) };
      }
    return null;
  },

  /** The middle of the first link to another page of this site that can be clicked. */
  link() {
    for (const each of document.querySelectorAll("a[href]")) {
      const same = each.origin == location.origin && each.pathname != location.pathname;
      if (!same || each.closest("#jutt-consent") || each.hasAttribute("download") || each.hasAttribute("data-consent-open")) continue;
      each.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, top, width, height } = each.getBoundingClientRect();
      const [x, y] = [Math.round(left + width / 2), Math.round(top + height / 2)];
      if (each.contains(document.elementFromPoint(x, y))) return { x, y };
    }
    return null;
  },

  /** Where the page's links lead. */
  links() {
    const pages = [...document.querySelectorAll("a[href]")].filter((each) => /^https?:$/.test(each.protocol));
    return pages.filter((each) => !each.hasAttribute("download") && !each.closest("#jutt-consent")).map((each) => each.href);
  },

  /** How far there is to scroll, in CSS pixels. */
  depth() {
    return Math.max(0, document.documentElement.scrollHeight - innerHeight - scrollY);
  },

  /** What the service itself answers to this browser. */
  async check(service) {
    try {
      const answer = await fetch(`${service}check`, { credentials: "include", signal: AbortSignal.timeout(4000) });
      return answer.status == 200 ? await answer.json() : null;
    } catch {
      return null;
    }
  },

  /** A file of the service's, as text. */
  async read(address) {
    try {
      const answer = await fetch(address, { credentials: "omit", signal: AbortSignal.timeout(8000) });
      return answer.status == 200 ? await answer.text() : null;
    } catch {
      return null;
    }
  },
})
