// Injected into every page before its own scripts, the same for all: when is the notice fully shown? That is when it
// has a box in the window, nothing of it is transparent any more, and two of its buttons are painted.
(() => {
  const notices = "#notice, #jutt-consent [data-consent-part=notice], .orejime-Banner, #cc-main .cm";

  const opaque = (element) => {
    for (let each = element; each; each = each.parentElement) if (getComputedStyle(each).opacity != 1) return false;
    return getComputedStyle(element).visibility == "visible";
  };

  const shown = (element) => {
    const { width, height, top, bottom } = element.getBoundingClientRect();
    return width > 0 && height > 0 && top < innerHeight && bottom > 0 && opaque(element);
  };

  const afterPaint = (then) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(0);
  };

  const stands = () => {
    const notice = document.querySelector(notices);
    return notice && shown(notice) && [...notice.querySelectorAll("button")].filter(shown).length > 1;
  };

  window.benchGone = () => !stands();

  const look = () => {
    if (stands())
      afterPaint(() => (window.benchShown = performance.now()));
    else requestAnimationFrame(look);
  };

  requestAnimationFrame(look);
})();
