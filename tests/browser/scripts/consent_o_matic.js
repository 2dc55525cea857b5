// Executes a rule as cavi-au/Consent-O-Matic does (Extension/ConsentEngine.js, Action.js, Matcher.js, Tools.js).
const [methods, wanted, done] = [arguments[0], arguments[1], arguments[arguments.length - 1]];
let base = null;

const displayed = (it) => it.offsetParent !== null || (getComputedStyle(it).position == "fixed" && it.offsetHeight > 0);
const pause = (time) => new Promise((next) => setTimeout(next, time));

const filters = {
  textFilter: (it, texts) =>
    [].concat(texts).some((text) => it.textContent.toLowerCase().includes(text.toLowerCase())),
  styleFilter: (it, { option, value, negated }) => (getComputedStyle(it)[option] == value) != !!negated,
  displayFilter: (it, wish) => displayed(it) == wish,
  childFilter: (it, { target }) => !!it.querySelector(target.selector),
};

const select = (dom, within) =>
  [...(within || base || document).querySelectorAll(dom.selector)].filter((it) =>
    Object.keys(filters).every((name) => dom[name] === undefined || filters[name](it, dom[name])),
  );

const find = ({ parent, target }) => {
  const within = parent && select(parent)[0];
  return parent && !within ? [] : select(target, within);
};

const matchers = { css: (matcher) => find(matcher).length > 0, checkbox: (matcher) => !!find(matcher)[0]?.checked };

const consent = async ({ type, matcher, toggleAction, trueAction, falseAction }) => {
  const yes = !!wanted[type];
  if (!toggleAction) return act(yes ? trueAction : falseAction);
  if (matchers[matcher.type](matcher) != yes) await act(toggleAction);
};

const acts = {
  click: (action) => find(action).slice(0, action.multiple ? undefined : 1).forEach((it) => it.click()),
  list: async ({ actions }) => {
    for (const each of actions) await act(each);
  },
  wait: ({ waitTime }) => pause(waitTime),
  waitcss: async (action) => {
    for (let turn = action.retries ?? 10; turn && find(action).length > 0 == !!action.negated; turn--)
      await pause(action.waitTime ?? 250);
  },
  ifcss: (action) => act(find(action).length > 0 ? action.trueAction : action.falseAction),
  foreach: async (action) => {
    for (const it of find(action)) {
      const before = base;
      base = it;
      await act(action.action);
      base = before;
    }
  },
  hide: (action) => find(action).forEach((it) => it.style.setProperty("opacity", "0")),
  consent: async ({ consents }) => {
    for (const each of consents) await consent(each);
  },
};

const act = async (action) => {
  if (!action) return;
  if (!acts[action.type]) throw Error("unknown action " + action.type);
  await acts[action.type](action);
};

const run = async () => {
  for (const name of ["HIDE_CMP", "OPEN_OPTIONS", "HIDE_CMP", "DO_CONSENT", "SAVE_CONSENT"])
    await act(methods.find((each) => each.name == name)?.action);
  return true;
};

run().then(done, (error) => done(String(error)));
