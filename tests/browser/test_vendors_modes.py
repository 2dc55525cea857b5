"""Basic and advanced mode: what Google's tag would send, seen at a stand-in.

The library is ours and makes `gcs` of the consent state as Google documents it: what is proved is that our default and
updates are in the queue when it looks, not what Google's own code does with them.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import call, check, choose, ready
from .stage import Site, Stage, eventually
from .telling import DENIED, data_layer, running

ADVANCED = """
[google_consent_mode]
mode = "advanced"
wait_for_update = 800
url_passthrough = true
"""
LIBRARY = """
const state = {}, send = () => {
  const bits = ["ad_storage", "analytics_storage"].map((name) => Number(state[name] == "granted")).join("");
  new Image().src = "COLLECT&gcs=G1" + bits + "&at=" + performance.now(); // The same address is asked for only once.
};
const work = (entry) => {
  if (entry[0] == "consent") Object.assign(state, entry[2]);
  if (entry[1] == "update" || entry[0] == "config") send();
};
window.google_tag_manager = {};
[...dataLayer].forEach(work);
const { push } = dataLayer;
dataLayer.push = (...entries) => (entries.forEach(work), push.apply(dataLayer, entries));
"""
CONFIG = """<script>
window.dataLayer = window.dataLayer || [];
function gtag(){dataLayer.push(arguments);}
gtag('js', new Date()); gtag('config', 'G-1');
</script>"""


def tag(site: Site, attributes: str = "") -> str:
    code = LIBRARY.replace("COLLECT", site.stage.tracker("google", f"/collect.gif?site={site.host}"))
    library = site.stage.tracker("google", f"/tag.js?{urlencode({'code': code, 'site': site.host})}")
    return f'<script {attributes} src="{library}"></script>'


def sent(site: Site) -> list[str]:
    return [hit.query["gcs"][0] for hit in site.hits("google") if hit.path == "/collect.gif"]


def state(browser: WebDriver) -> str:
    """The same two signals, as the service itself decides them."""
    categories = check(browser)["categories"]
    return f"G1{int(categories['marketing'])}{int(categories['analytics'])}"


def test_T04_basic_mode_sends_nothing_before_consent(
    browser: WebDriver, site: Site, stage: Stage, tmp_path: Path
) -> None:
    with running(stage, tmp_path) as service:
        site.served_by(service)
        browser.get(site.page(CONFIG + tag(site, 'type="text/plain" data-consent="google"')))
        ready(browser)
        assert site.hits() == []
        choose(browser, "analytics")
        assert eventually(lambda: sent(site))
        assert set(sent(site)) == {"G101"} == {state(browser)}


def test_T05_in_advanced_mode_every_ping_says_what_was_chosen(
    browser: WebDriver, site: Site, stage: Stage, tmp_path: Path
) -> None:
    with running(stage, tmp_path, ADVANCED) as service:
        site.served_by(service)
        head = f'<script src="/consent/banner.js?lang=et" data-reload="off"></script>{tag(site, "async")}{CONFIG}'
        browser.get(site.page(head=head))
        ready(browser)
        assert eventually(lambda: sent(site) == ["G100"])
        choices = {("analytics",): "G101", ("analytics", "marketing"): "G111", ("marketing",): "G110", (): "G100"}
        for granted, expected in choices.items():
            choose(browser, *granted)
            assert eventually(lambda expected=expected: sent(site)[-1] == expected)
            assert state(browser) == expected


@pytest.mark.parametrize("before", ["", CONFIG])
def test_T05_in_advanced_mode_the_default_comes_with_the_script(
    browser: WebDriver, site: Site, stage: Stage, tmp_path: Path, before: str
) -> None:
    head = before + '<script src="/consent/banner.js?lang=et"></script>'
    seen = "<script>window.first = [...dataLayer].slice(0, 3).map((each) => [...each])</script>"
    with running(stage, tmp_path, ADVANCED) as service:
        site.served_by(service)
        browser.get(site.page(seen, head=head))
        ready(browser)
        default, redaction, passthrough = call(browser, "return first")
        assert default == ["consent", "default", {**DENIED, "wait_for_update": 800}]
        assert redaction == ["set", "ads_data_redaction", True]
        assert passthrough == ["set", "url_passthrough", True]
        choose(browser, "analytics")
        assert [each[1] for each in data_layer(browser) if each[0] == "consent"] == ["default", "update"]
