"""Nothing of ours tells visitors apart without a cookie (EDPB Guidelines 2/2023, 3.2 to 3.5)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from selenium.webdriver.remote.webdriver import WebDriver

from .acts import before_any_script, call, ready, settled
from .conftest import press
from .stage import Site

WATCH = """
window.told = [];
const tell = (owner, name) => {
  const real = Object.getOwnPropertyDescriptor(owner, name);
  const key = real.get ? "get" : "value";
  const told = function (...given) {
    window.told.push(name);
    return real[key].apply(this, given);
  };
  Object.defineProperty(owner, name, { ...real, [key]: told });
};
tell(HTMLCanvasElement.prototype, "toDataURL");
tell(HTMLCanvasElement.prototype, "getContext");
tell(CanvasRenderingContext2D.prototype, "measureText");
tell(Navigator.prototype, "plugins");
tell(Navigator.prototype, "hardwareConcurrency");
tell(Screen.prototype, "width");
const add = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (kind, ...rest) {
  if (/^key|^input$|^mousemove$|^copy$/.test(kind)) told.push(kind);
  return add.call(this, kind, ...rest);
};
for (const name of ["AudioContext", "OfflineAudioContext", "RTCPeerConnection"])
  window[name] = new Proxy(window[name], { construct(real, given) { told.push(name); return new real(...given); } });
"""


def test_C03_reads_nothing_that_tells_a_browser_from_another(chrome: WebDriver, site: Site) -> None:
    with before_any_script(chrome, WATCH):
        chrome.get(site.page())
        ready(chrome)
        press(chrome, "customise")
        call(chrome, "await consentBanner.close(); await consentBanner.rejectAll()")
        settled(chrome, site)
        told = chrome.execute_script("document.createElement('canvas').toDataURL(); return told")
    assert told == ["toDataURL"], "what the test itself did, to show that the watch sees it"


def test_C03_no_address_of_ours_carries_an_id(chrome: WebDriver, site: Site) -> None:
    chrome.get(site.page())
    ready(chrome)
    press(chrome, "customise")
    call(chrome, "await consentBanner.acceptAll()")
    asked = chrome.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    ours = [urlsplit(address) for address in asked if "/consent/" in address]
    assert ours
    assert {name for each in ours for name, _ in parse_qsl(each.query)} <= {"lang", "since"}
