// Executes steps of an autoconsent rule as duckduckgo/autoconsent does (lib/cmps/base.ts, lib/dom-actions.ts).
const [steps, done] = [arguments[0], arguments[arguments.length - 1]];

const all = (selector) =>
  [].concat(selector).reduce((within, each) => within.flatMap((it) => [...it.querySelectorAll(each)]), [document]);

const shown = (it) => {
  const { display, visibility } = getComputedStyle(it);
  return display != "none" && visibility != "hidden" && it.offsetHeight > 0;
};

const visible = (selector, check = "all") => {
  const found = all(selector).map(shown);
  if (check == "none") return !found.includes(true);
  return found.length > 0 && (check == "any" ? found.includes(true) : !found.includes(false));
};

const pause = (time) => new Promise((next) => setTimeout(next, time));

const waitFor = async (look, patience = 10000) => {
  for (let time = 0; time < patience; time += 50) {
    if (look()) return true;
    await pause(50);
  }
  return false;
};

const exists = (selector) => all(selector).length > 0;

const click = (selector, every) => {
  const found = all(selector);
  (every ? found : found.slice(0, 1)).forEach((it) => it.click());
  return found.length > 0;
};

const acts = {
  exists: (rule) => exists(rule.exists),
  visible: (rule) => visible(rule.visible, rule.check),
  waitFor: (rule) => waitFor(() => exists(rule.waitFor), rule.timeout),
  waitForVisible: (rule) => waitFor(() => visible(rule.waitForVisible, rule.check), rule.timeout),
  click: (rule) => click(rule.click, rule.all),
  waitForThenClick: async (rule) =>
    (await waitFor(() => exists(rule.waitForThenClick), rule.timeout)) && click(rule.waitForThenClick, rule.all),
  wait: (rule) => pause(rule.wait).then(() => true),
  any: async (rule) => (await Promise.all(rule.any.map(step))).includes(true),
  if: async (rule) => ((await step(rule.if)) ? run(rule.then) : rule.else ? run(rule.else) : true),
  cookieContains: (rule) => document.cookie.includes(rule.cookieContains),
};

const step = async (rule) => {
  const names = Object.keys(acts).filter((name) => name in rule);
  if (!names.length) throw Error("unknown step " + JSON.stringify(rule));
  let result = true;
  for (const name of names) result = result && (await acts[name](rule));
  return rule.negated ? !result : result || !!rule.optional;
};

const run = async (list) => {
  for (const each of list) if (!(await step(each))) return false;
  return true;
};

run(steps).then(done, (error) => done(String(error)));
