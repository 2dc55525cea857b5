"""Whatever goes wrong, nothing optional loads, the page works, and it tries again: fails closed, in the page too."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import Rejected, arrived, call, check, choose, external, image, inline, names, ready, reload, settled
from .acts import address as at
from .conftest import part, press
from .stage import Site, eventually

SERVICES = ("counter", "heatmap", "pixel", "video")
CATEGORIES = ("preferences", "analytics", "marketing")
GRANT: dict[str, Any] = {
    "decided": True, "reason": "recorded", "revision": "00000000", "gpc": False, "language": "et",
    "given_at": "2026-11-22T10:00:00Z", "expires_at": "2099-05-21T10:00:00Z",
    "categories": {"necessary": True, **dict.fromkeys(CATEGORIES, True)},
    "services": dict.fromkeys(SERVICES, True),
}  # fmt: skip
EVERYTHING = json.dumps(GRANT).encode()


def spoilt(**changes: Any) -> bytes:
    return json.dumps({**GRANT, **changes}).encode()


RUBBISH: dict[str, dict[str, Any]] = {
    "a 500": {"status": 500, "body": EVERYTHING},
    "a 201": {"status": 201, "body": EVERYTHING},
    "a problem": {"status": 503, "body": EVERYTHING, "content_type": "application/problem+json"},
    "HTML": {"status": 200, "body": b"<!doctype html><p>Log in to the Wi-Fi", "content_type": "text/html"},
    "JSON as HTML": {"status": 200, "body": EVERYTHING, "content_type": "text/html"},
    "JSON of another kind": {"status": 200, "body": EVERYTHING, "content_type": "application/jsonp"},
    "null": {"status": 200, "body": b"null"},
    "an array": {"status": 200, "body": b"[" + EVERYTHING + b"]"},
    "truncated": {"status": 200, "body": EVERYTHING[:-9]},
    "two answers": {"status": 200, "body": EVERYTHING + EVERYTHING},
    "an inherited grant": {"status": 200, "body": b'{"__proto__": ' + EVERYTHING + b"}"},
    "no categories": {"status": 200, "body": b'{"decided": true, "reason": "recorded", "services": {}}'},
    "null categories": {"status": 200, "body": spoilt(categories=None)},
}
HALF_RIGHT = {
    "words": spoilt(categories=dict.fromkeys(CATEGORIES, "true"), services=dict.fromkeys(SERVICES, "true")),
    "numbers": spoilt(categories=dict.fromkeys(CATEGORIES, 1), services=dict.fromkeys(SERVICES, 1)),
    "arrays": spoilt(categories={name: [True] for name in CATEGORIES}, services={name: [True] for name in SERVICES}),
    "objects": spoilt(categories={name: {"valueOf": True} for name in CATEGORIES}, services={}),
    "lists of names": spoilt(categories=list(CATEGORIES), services=list(SERVICES)),
    "lists of truths": spoilt(categories=[True] * 4, services=[True] * 4),
    "a string of names": spoilt(categories=" ".join(CATEGORIES), services=" ".join(SERVICES)),
    "inherited": b'{"decided": true, "reason": "recorded", "categories": {"__proto__": {"analytics": true, "counter": '
    b'true}}, "services": {"__proto__": {"counter": true, "pixel": true}}}',
    "constructors": b'{"decided": true, "reason": "recorded", "services": {}, '
    b'"categories": {"constructor": {"prototype": {"analytics": true}}}}',
}  # fmt: skip


def tags(site: Site) -> str:
    """A script and a pixel for each name of the policy, and one for each name that every object inherits."""
    every = (*CATEGORIES, *SERVICES, "__proto__", "constructor", "valueOf")
    return "".join(external(site, name, name) + image(site, name, f"image-{name}") for name in every)


def reject(driver: WebDriver, act: str) -> dict[str, Any]:
    """The problem that a choice is rejected with."""
    with pytest.raises(Rejected) as caught:
        call(driver, f"return consentBanner.{act}")
    problem: dict[str, Any] = caught.value.args[0]
    assert isinstance(problem, dict), f"no problem (RFC 9457), but {problem!r}"
    return problem


def said(driver: WebDriver) -> str:
    """What the banner's live regions say."""
    spoken: str = driver.execute_script(
        "return [...document.querySelectorAll('#jutt-consent [role=status]')].map((each) => each.textContent).join('')"
    )
    return spoken


def pending(driver: WebDriver) -> Any:
    return driver.execute_script("return JSON.parse(localStorage.getItem('consent-pending'))")


def test_the_rubbish_would_grant_if_it_were_believed(browser: WebDriver, site: Site) -> None:
    """The other tests of this file prove something only because this one passes."""
    site.fault("check", status=200, body=EVERYTHING)
    browser.get(site.page(tags(site)))
    assert ready(browser)["reason"] == "recorded"
    assert arrived(site, *CATEGORIES, *SERVICES)


def test_C21_an_answer_that_is_none_grants_nothing(browser: WebDriver, site: Site) -> None:
    count = "<script>window.errors = 0; addEventListener('consent:error', () => errors++)</script>"
    page = site.page(tags(site), head=count + site.script())
    for what, fault in RUBBISH.items():
        site.fault("check", **fault)
        browser.get(page)
        told = ready(browser)
        assert [told["decided"], told["reason"], told["given_at"]] == [False, "unreachable", None], what
        assert [name for name, yes in {**told["categories"], **told["services"]}.items() if yes] == ["necessary"], what
        assert browser.execute_script("return errors") == 1, what
        assert part(browser, "notice", 0) is None, f"{what}: nobody is asked what cannot be recorded"
        assert settled(browser, site) == [], what


def test_C21_only_a_literal_true_of_its_own_grants(browser: WebDriver, site: Site) -> None:
    page = site.page(tags(site))
    for what, body in HALF_RIGHT.items():
        site.fault("check", status=200, body=body)
        browser.get(page)
        ready(browser)
        assert settled(browser, site) == [], what
        assert (
            browser.execute_script("return arguments[0].filter(consentBanner.allows)", [*CATEGORIES, *SERVICES]) == []
        )


def test_C21_a_service_that_is_down_grants_nothing_and_is_asked_again(browser: WebDriver, site: Site) -> None:
    browser.get(site.page())
    ready(browser)
    choose(browser, "analytics")
    site.fault("check", drop=True)
    spy = "<script>window.log = []; for (const name of ['ready', 'change', 'error'])"
    spy += " addEventListener('consent:' + name, ({detail}) => log.push([name, detail.reason]))</script>"
    browser.get(site.page(tags(site) + '<a href="#x" id="link">Link</a>', "/next",
                          head=spy + site.script(attributes='data-reuse="0"')))  # fmt: skip
    assert ready(browser)["reason"] == "unreachable"
    assert settled(browser, site) == []
    browser.find_element(By.ID, "link").click()
    assert browser.current_url.endswith("#x"), "the page stays usable"
    site.mend("check")
    assert arrived(site, "analytics", "counter", "heatmap"), "a later answer counts"
    log = browser.execute_script("return log")
    assert log[:2] == [["ready", "unreachable"], ["error", "unreachable"]] or log[:2] == [
        ["error", "unreachable"], ["ready", "unreachable"]]  # fmt: skip
    assert log[-1] == ["change", "recorded"]
    assert call(browser, "return (await consentBanner.ready).reason") == "unreachable", "the first one, for good"


def test_C21_a_service_that_hangs_grants_nothing_and_is_given_up_after_five_seconds(
    browser: WebDriver, site: Site
) -> None:
    site.fault("check", delay=30)
    start = time.monotonic()
    browser.get(site.page(tags(site)))
    assert time.monotonic() - start < 4, "the page does not wait for it"
    assert ready(browser)["reason"] == "unreachable"
    assert 4 < time.monotonic() - start < 8
    assert settled(browser, site) == []
    site.mend("check")
    assert eventually(lambda: call(browser, "return consentBanner.decision.reason") == "none")
    assert part(browser, "notice") is not None, "now it can ask"


def test_a_network_that_returns_is_asked_at_once(browser: WebDriver, site: Site) -> None:
    site.fault("check", drop=True)
    browser.get(site.page())
    ready(browser)
    asked = len(site.asked("check"))
    site.mend("check")
    browser.execute_script("dispatchEvent(new Event('online'))")
    assert eventually(lambda: len(site.asked("check")) > asked, 1)
    assert part(browser, "notice") is not None


def test_a_later_failure_takes_nothing_back_that_was_verified(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(tags(site)))
    ready(browser)
    choose(browser, "analytics")
    site.fault("check", drop=True)
    browser.execute_script("dispatchEvent(new Event('online'))")
    settled(browser, site)
    assert call(browser, "return consentBanner.decision.reason") == "recorded"
    assert browser.execute_script("return consentBanner.allows('counter')") is True


GRANTS_FAIL: dict[str, tuple[dict[str, Any], int]] = {
    "no answer": ({"drop": True}, 0),
    "503": ({"status": 503, "body": b'{"type":"about:blank","title":"Away","status":503}',
             "content_type": "application/problem+json"}, 503),
    "429": ({"status": 429, "body": b'{"type":"about:blank","title":"Slowly","status":429}',
             "content_type": "application/problem+json"}, 429),
    "an answer that is none": ({"status": 200, "body": b"<p>hello", "content_type": "text/html"}, 200),
    "a grant of the wrong type": ({"status": 200, "body": EVERYTHING, "content_type": "text/plain"}, 200),
}  # fmt: skip


def test_a_grant_that_cannot_be_recorded_lets_nothing_load_and_the_notice_says_so(
    browser: WebDriver, site: Site
) -> None:
    page = site.page(tags(site), head="<script>window.stray = 0; addEventListener('unhandledrejection', () => stray++);"
                     "addEventListener('error', () => stray++)</script>" + site.script())  # fmt: skip
    for what, (fault, status) in GRANTS_FAIL.items():
        site.fault("choices", **fault)
        browser.get(page)
        assert ready(browser)["reason"] == "none", what
        press(browser, "accept-all")
        assert eventually(lambda: "ei õnnestunud" in said(browser)), f"{what}: {said(browser)!r}"
        assert part(browser, "notice", 0) is not None, what
        assert part(browser, "accept-all", 0) is not None, what
        problem = reject(browser, "acceptAll()")
        assert problem["status"] in (status, 0), what  # A 200 that is no decision is no answer.
        assert settled(browser, site) == [], what
        assert browser.execute_script("return [stray, consentBanner.decision.decided]") == [0, False], what
        assert call(browser, "return Object.keys(localStorage).concat(Object.keys(sessionStorage))") == [], what
        assert browser.get_cookies() == [], what
    site.mend("choices")
    press(browser, "accept-all")
    assert arrived(site, *CATEGORIES), "the same notice takes the answer after all"
    assert eventually(lambda: part(browser, "notice", 0) is None)


def test_a_refusal_that_cannot_be_sent_holds_here_at_once_and_is_sent_until_it_arrives(
    browser: WebDriver, site: Site
) -> None:
    home = at(site, "counter", "tick", "/pixel.gif")
    tick = f"setInterval(() => consentBanner.allows('analytics') && (new Image().src = '{home}'), 50)"
    browser.get(site.page(tags(site) + inline("analytics", tick)))
    ready(browser)
    choose(browser, "analytics", "marketing")
    assert arrived(site, "tick", "marketing")
    site.fault("choices", drop=True)
    rejected = call(browser, """
    const sent = consentBanner.withdraw();
    const now = ['analytics', 'counter', 'marketing', 'pixel'].map(consentBanner.allows);
    return [now, !!localStorage.getItem('consent-pending'), (await sent.catch((problem) => problem)).status];
    """)  # fmt: skip
    assert rejected == [[False] * 4, True, 0], (
        "closed before the service is even asked; and it rejects at the first failure"
    )
    assert pending(browser) is not None
    settled(browser, site)
    site.stage.hits.clear()
    assert check(browser)["categories"]["analytics"] is True, "the service does not know yet"
    browser.execute_script("dispatchEvent(new Event('online'))")  # asks again, and is told of the old grant
    assert settled(browser, site) == [], "the refusal outranks its answer"

    reload(browser)
    assert ready(browser)["categories"]["analytics"] is False, "on later pages too"
    assert part(browser, "notice", 0) is None
    assert settled(browser, site) == []
    site.mend("choices")
    assert eventually(lambda: pending(browser) is None, 8), "sent again until it arrives"
    assert check(browser)["categories"]["analytics"] is False
    assert eventually(lambda: call(browser, "return consentBanner.decision.reason") == "recorded")
    assert settled(browser, site) == []


def test_a_refusal_that_waits_says_so_in_a_live_region(browser: WebDriver, site: Site) -> None:
    site.fault("choices", drop=True)
    browser.get(site.page(tags(site), head="<script>window.stray = 0; addEventListener('unhandledrejection',"
                          " () => stray++)</script>" + site.script()))  # fmt: skip
    ready(browser)
    press(browser, "reject-all")
    assert eventually(lambda: said(browser))
    assert eventually(lambda: pending(browser))
    assert part(browser, "notice", 0) is not None, "the notice stays"
    assert settled(browser, site) == []
    assert browser.execute_script("return stray") == 0
    site.mend("choices")
    assert eventually(lambda: part(browser, "notice", 0) is None, 8)
    assert check(browser)["decided"] is True


def test_a_pending_refusal_is_sent_by_the_next_page(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(tags(site)))
    ready(browser)
    choose(browser, "analytics")
    site.fault("choices", drop=True)
    reject(browser, "rejectAll()")
    browser.get("about:blank")
    site.mend("choices")
    settled_before = names(site)
    browser.get(site.page(tags(site), "/next"))
    assert eventually(lambda: pending(browser) is None)
    assert check(browser)["categories"]["analytics"] is False
    assert settled(browser, site) == settled_before, "nothing loaded meanwhile"


def test_the_last_choice_wins_over_one_still_pending(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(tags(site)))
    ready(browser)
    choose(browser, "analytics")
    site.fault("choices", drop=True)
    reject(browser, "rejectAll()")
    assert pending(browser) is not None
    site.mend("choices")
    told = call(browser, "return consentBanner.save({categories: {marketing: true}})")
    assert told["categories"] == {"necessary": True, "preferences": False, "analytics": False, "marketing": True}
    assert pending(browser) is None
    assert arrived(site, "marketing", "pixel")
    reload(browser)
    ready(browser)
    settled(browser, site)
    assert check(browser)["categories"]["marketing"] is True, "the old refusal is not sent after it"


def test_a_grant_that_fails_leaves_the_pending_refusal_in_force(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(tags(site)))
    ready(browser)
    site.fault("choices", drop=True)
    reject(browser, "rejectAll()")
    reject(browser, "acceptAll()")
    assert pending(browser) is not None
    assert settled(browser, site) == []
    reload(browser)
    ready(browser)
    assert settled(browser, site) == []


def test_a_narrowing_waits_like_a_refusal_and_keeps_the_rest(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(tags(site)))
    ready(browser)
    choose(browser, "analytics", "marketing")
    site.fault("choices", drop=True)
    reject(browser, "save({categories: {marketing: true}})")
    site.stage.hits.clear()
    reload(browser)
    assert ready(browser)["categories"]["analytics"] is False
    assert arrived(site, "marketing", "pixel"), "what stays granted goes on"
    assert not {"analytics", "counter"} & set(settled(browser, site))
    site.mend("choices")
    assert eventually(lambda: pending(browser) is None, 8)
    told = check(browser)["categories"]
    assert [told["analytics"], told["marketing"]] == [False, True]


def test_a_pending_refusal_is_recorded_even_when_the_policy_has_changed_meanwhile(
    browser: WebDriver, site: Site, revised: str
) -> None:
    browser.get(site.page(tags(site)))
    ready(browser)
    choose(browser, "analytics", "marketing")
    site.fault("choices", drop=True)
    reject(browser, "save({categories: {marketing: true}})")
    site.served_by(revised)
    site.mend("choices")
    reload(browser)
    assert eventually(lambda: pending(browser) is None, 8)
    assert check(browser)["categories"]["analytics"] is False
    site.stage.hits.clear()
    assert settled(browser, site) == []


def test_a_changed_text_is_fetched_and_asked_again(browser: WebDriver, site: Site, revised: str) -> None:
    browser.get(site.page(tags(site), head="<script>window.stray = 0; addEventListener('unhandledrejection',"
                          " () => stray++)</script>" + site.script()))  # fmt: skip
    ready(browser)
    old = part(browser, "notice")
    assert old is not None
    old_text = browser.execute_script("return document.getElementById('jutt-consent').dataset.consentText")
    site.served_by(revised)
    press(browser, "accept-all")
    changed = "return document.getElementById('jutt-consent').dataset.consentText != arguments[0]"
    assert eventually(lambda: browser.execute_script(changed, old_text))
    notice = part(browser, "notice")
    assert notice is not None
    assert eventually(lambda: said(browser)), "and it says so"
    assert settled(browser, site) == [], "nobody consents to a text that they did not see"
    assert browser.get_cookies() == []
    assert browser.execute_script("return stray") == 0
    press(browser, "accept-all")
    assert arrived(site, "analytics", "marketing")
    assert eventually(lambda: part(browser, "notice", 0) is None)


def test_a_changed_text_rejects_with_the_current_revision(browser: WebDriver, site: Site, revised: str) -> None:
    browser.get(site.page(tags(site)))
    old = ready(browser)["revision"]
    site.served_by(revised)
    problem = reject(browser, "acceptAll()")
    assert problem["status"] == 409
    assert problem["revision"] not in ("", old)
    assert settled(browser, site) == []


def test_a_browser_that_forbids_storage_still_gates_and_takes_choices(browser: WebDriver, site: Site) -> None:
    forbid = """<script>
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
      Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
    </script>"""
    browser.get(site.page(tags(site), head=forbid + site.script()))
    ready(browser)
    assert settled(browser, site) == []
    choose(browser, "analytics")
    assert arrived(site, "analytics", "counter")
    told = call(browser, "return consentBanner.withdraw()")
    assert told["categories"]["analytics"] is False
    site.fault("choices", drop=True)
    reject(browser, "rejectAll()")
    assert browser.execute_script("return consentBanner.allows('analytics')") is False
