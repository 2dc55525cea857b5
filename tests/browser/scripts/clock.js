// The page's clock in a test's hands: pass(time) runs every timer that is due by then, at once.
{
  const [later, every, never, now] = [setTimeout, setInterval, clearTimeout, Date.now];
  const timers = new Map();
  let passed = 0;
  const set = (again) => (act, wait = 0, ...rest) => {
    const id = (again ? every : later)(() => (again || timers.delete(id)) && act(...rest), wait);
    timers.set(id, { act: () => act(...rest), at: passed + wait, again: again && wait });
    return id;
  };
  window.setTimeout = set(false);
  window.setInterval = set(true);
  window.clearTimeout = window.clearInterval = (id) => timers.delete(id) + never(id);
  Date.now = () => now() + passed;
  window.realTimeout = later;
  window.mend = () => {
    [window.setTimeout, window.setInterval, window.clearTimeout, Date.now] = [later, every, never, now];
  };
  window.pass = (time) => {
    for (const end = (passed += time); ; ) {
      const due = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (!due.length) return;
      const [[id, timer]] = due;
      if (timer.again) timer.at += timer.again;
      else timers.delete(id);
      timer.act();
    }
  };
}
