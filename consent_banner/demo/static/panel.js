/* Keeps the panel up to date: asks the demo once a second, while the page is seen, what arrived at the stand-ins.
   What arrived is theirs to say; what was allowed is asked of `consentBanner`, and the two are held side by side. */
"use strict";
(() => {
  const panel = document.querySelector("[data-demo-panel]");
  const words = panel.dataset;
  const rows = new Map([...panel.querySelectorAll("[data-service]")].map((row) => [row.dataset.service, row]));
  const lastGranted = new Map(); // when a service was last seen allowed, in milliseconds since 1970
  const leaked = new Set();
  const GRACE = 1500; // a request that was on its way while consent was withdrawn is no leak

  const known = () => window.consentBanner && window.consentBanner.decision;
  const allowed = (id) => Boolean(known()) && window.consentBanner.allows(id);
  const look = () => rows.forEach((_, id) => allowed(id) && lastGranted.set(id, Date.now()));

  const judge = ({ id, last }) => {
    if (!last || last < performance.timeOrigin || !known() || allowed(id)) return;
    if (last > (lastGranted.get(id) || 0) + GRACE) leaked.add(id);
  };

  const stateOf = ({ id, fired }) => {
    if (leaked.has(id)) return ["leaked", words.leaked];
    if (fired && (allowed(id) || !known())) return ["fired", words.fired];
    if (fired) return ["held", words.heldNow];
    return allowed(id) ? ["allowed", words.allowed] : ["held", words.held];
  };

  const clock = (at) => {
    const time = document.createElement("time");
    time.dateTime = new Date(at).toISOString();
    time.textContent = new Date(at).toLocaleTimeString(document.documentElement.lang, { hourCycle: "h23" });
    return time;
  };
  const say = (element, text) => element.textContent === text || (element.textContent = text);

  const show = (service) => {
    const row = rows.get(service.id);
    if (!row) return;
    judge(service);
    const [state, word] = stateOf(service);
    row.dataset.state = state;
    say(row.querySelector("[data-word]"), word);
    const before = state === "held" ? words.before + " " : "";
    const times = `${before}${service.fired} ${service.fired === 1 ? words.one : words.many} `;
    const count = row.querySelector("[data-count]");
    if (count.dataset.shown === times + service.last) return;
    count.dataset.shown = times + service.last;
    count.replaceChildren(...(service.fired ? [times, clock(service.last)] : []));
  };

  const line = (hit) => {
    const item = document.createElement("li");
    const address = document.createElement("code");
    address.textContent = hit.host + hit.path;
    item.append(clock(hit.at), address);
    return item;
  };

  const sum = (services) => {
    const names = services.filter(({ id }) => leaked.has(id)).map(({ name }) => name).join(", ");
    const count = (state) => [...rows.values()].filter((row) => row.dataset.state === state).length;
    const parts = ["held", "allowed", "fired"].map((state) => [words[state], count(state)]);
    const said = parts.filter(([word, number]) => number || word !== words.allowed);
    panel.classList.toggle("leaks", Boolean(names));
    const text = names ? words.leaks.replace("{names}", names) : said.map((part) => part.join(": ")).join(". ") + ".";
    say(panel.querySelector("[data-summary-line]"), text);
  };

  let newest = "";
  const update = async () => {
    look();
    const { services, recent } = await (await fetch(words.events)).json();
    services.forEach(show);
    sum(services);
    const first = JSON.stringify(recent[0] || null) + recent.length;
    if (first !== newest) panel.querySelector("[data-recent]").replaceChildren(...recent.map(line));
    newest = first;
  };

  const tick = () => {
    if (!document.hidden) update().catch(() => {});
  };

  panel.querySelector("form").addEventListener("submit", () => {
    sessionStorage.removeItem("consent");
    localStorage.removeItem("consent");
    localStorage.removeItem("consent-pending");
  });
  for (const event of ["consent:ready", "consent:change"]) document.addEventListener(event, tick);
  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 1000);
  tick();
})();
