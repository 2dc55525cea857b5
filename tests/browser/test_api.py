"""`window.consentBanner`, its events and the data layer: everything that a page author may rely on."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import Rejected, arrived, call, choose, external, ready, settled
from .conftest import part, press
from .stage import Site, eventually

MEMBERS = [
    "acceptAll",
    "allows",
    "close",
    "decision",
    "inspect",
    "on",
    "open",
    "ready",
    "rejectAll",
    "save",
    "when",
    "withdraw",
]
DECISION = {"decided", "reason", "revision", "gpc", "language", "given_at", "expires_at", "categories", "services"}
HEARD = """<script>
window.heard = [];
for (const name of ['ready', 'change', 'open', 'close', 'error'])
  for (const [place, target] of [['window', window], ['document', document]])
    target.addEventListener('consent:' + name, (event) => heard.push({
      name, place, bubbles: event.bubbles, on: event.target == document, reason: event.detail?.reason,
      same: event.detail === consentBanner.decision, granted: !!event.detail?.categories.analytics,
    }));
window.stray = 0;
addEventListener('unhandledrejection', () => stray++);
</script>"""


def heard(driver: WebDriver, place: str = "document") -> list[str]:
    names: list[str] = driver.execute_script(
        "return heard.filter((each) => each.place == arguments[0]).map((each) => each.name)", place
    )
    return names


def test_it_has_these_members_and_no_others(browser: WebDriver, site: Site) -> None:
    browser.get(site.page())
    ready(browser)
    found = browser.execute_script("return Reflect.ownKeys(consentBanner).map(String)")
    assert sorted(found) == sorted(MEMBERS)


def test_before_the_decision_is_known_nothing_is_allowed(browser: WebDriver, site: Site) -> None:
    site.fault("check", delay=0.5)
    browser.get(site.page())
    early = "return [consentBanner.decision, ['necessary', 'analytics', 'counter', 'x'].map(consentBanner.allows)]"
    assert browser.execute_script(early) == [None, [False] * 4]
    first = ready(browser)
    assert set(first) == DECISION
    assert first["language"] == "et"
    assert browser.execute_script("return consentBanner.ready.then((each) => each === consentBanner.decision)") is True
    assert browser.execute_script("return ['necessary', 'analytics'].map(consentBanner.allows)") == [True, False]
    for odd in ("undefined", "null", "{}", "['necessary', 'x']", "Symbol()"):
        assert browser.execute_script(f"return consentBanner.allows({odd})") is False, odd


def test_when_resolves_once_granted_and_not_before(browser: WebDriver, site: Site) -> None:
    waits = """<script>
    window.came = [];
    addEventListener('load', function wait() {
      if (!window.consentBanner) return setTimeout(wait, 5);
      for (const name of ['analytics', 'counter', 'pixel', 'necessary', 'nonsense'])
        consentBanner.when(name).then((decision) => came.push(name + ':' + decision.reason));
    });
    </script>"""
    site.fault("check", delay=0.3)
    browser.get(site.page(head=waits + site.script()))
    ready(browser)
    assert eventually(lambda: browser.execute_script("return came")) == ["necessary:none"]
    choose(browser, "analytics")
    assert eventually(lambda: len(browser.execute_script("return came")) == 3)
    assert sorted(browser.execute_script("return came")) == ["analytics:recorded", "counter:recorded", "necessary:none"]
    assert call(browser, "return (await consentBanner.when('analytics')).categories.analytics") is True


def test_events_bubble_on_document_with_the_decision_as_their_detail(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(head=HEARD + site.script()))
    ready(browser)
    choose(browser, "analytics")
    call(browser, "await consentBanner.open(); await consentBanner.close()")
    assert eventually(lambda: "close" in heard(browser))
    call(browser, "return consentBanner.withdraw()")
    assert heard(browser)[:5] == ["ready", "change", "open", "close", "change"]
    assert set(heard(browser)[5:]) <= {"change"}, "a refusal closes first, and is recorded then"
    assert heard(browser, "window") == heard(browser)
    events = browser.execute_script("return heard")
    assert all(each["bubbles"] and each["on"] and each["same"] for each in events), events
    told = [each["granted"] for each in events if each["place"] == "document"]
    assert told[:4] == [False, True, True, True]
    assert not any(told[4:])
    assert events[-1]["reason"] == "recorded"


def test_on_listens_until_it_is_told_to_stop_and_a_listener_that_throws_breaks_nothing(
    browser: WebDriver, site: Site
) -> None:
    browser.get(site.page(external(site, "analytics", "tag")))
    ready(browser)
    browser.execute_script("""
    window.got = [];
    consentBanner.on('change', () => { throw Error('a listener of the page is broken'); });
    window.stop = consentBanner.on('change', (decision) => got.push(decision.categories.analytics));
    consentBanner.on('change', (decision) => got.push(decision === consentBanner.decision));
    """)
    choose(browser, "analytics")
    assert arrived(site, "tag")
    assert browser.execute_script("return got") == [True, True]
    browser.execute_script("stop(); stop(); got.length = 0; consentBanner.on('change', () => got.push('last'))")
    choose(browser)
    assert browser.execute_script("return [...new Set(got)]") == [True, "last"], "the one that stopped would say false"


def test_a_choice_that_changes_nothing_is_no_change(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(head=HEARD + site.script()))
    ready(browser)
    choose(browser, "analytics")
    browser.execute_script("dispatchEvent(new Event('online'))")
    asked = len(site.asked("check"))
    assert eventually(lambda: len(site.asked("check")) >= asked)
    settled(browser, site)
    assert heard(browser) == ["ready", "change"]


def test_nobody_can_alter_what_is_granted(browser: WebDriver, site: Site) -> None:
    meddles = """<script>{
    const meddle = (decision) => {
      for (const change of [
        () => { 'use strict'; decision.categories.analytics = true; },
        () => { 'use strict'; decision.services.counter = true; },
        () => { 'use strict'; decision.services = { counter: true }; },
        () => { 'use strict'; decision.decided = true; },
        () => Object.defineProperty(decision.categories, 'analytics', { value: true }),
        () => Object.setPrototypeOf(decision.services, { counter: true }),
      ]) try { change(); window.changed = true; } catch {}
    };
    addEventListener('consent:ready', ({ detail }) => meddle(detail), true);
    document.addEventListener('consent:ready', (event) => event.stopImmediatePropagation(), true);
    window.dataLayer = { push: (entry) => { try { entry.consent.categories.analytics = true; } catch {} } };
    dispatchEvent(new CustomEvent('consent:change', { detail: { categories: { analytics: true }, services: {} } }));
    }</script>"""
    browser.get(
        site.page(external(site, "analytics", "one") + external(site, "counter", "two"), head=meddles + site.script())
    )
    told = ready(browser)
    assert told["categories"]["analytics"] is False
    browser.execute_script("""
    document.dispatchEvent(new CustomEvent('consent:change', {
      bubbles: true, detail: { decided: true, categories: { analytics: true }, services: { counter: true } } }));
    dispatchEvent(new MessageEvent('message', { data: { consent: { analytics: true } }, origin: 'https://evil' }));
    document.cookie = 'consent=true; path=/';
    Object.prototype.analytics = Object.prototype.counter = true;
    document.body.insertAdjacentHTML('beforeend', '<img alt="">');
    """)
    assert settled(browser, site) == []
    assert call(browser, "return [window.changed, ...['analytics', 'counter'].map(consentBanner.allows)]") == [
        None, False, False]  # fmt: skip


def test_a_message_of_another_origin_grants_nothing(browser: WebDriver, site: Site) -> None:
    """A frame of another origin may shout what it likes: nothing of ours listens to messages."""
    shout = (
        "for (const data of [{consent: true}, {event: 'consent:change', categories: {analytics: true}}, 'acceptAll'])"
    )
    shout += " parent.postMessage(data, '*')"
    frame = site.stage.tracker("frame", f"/frame.html?code={shout}")
    count = "<script>window.messages = 0; addEventListener('message', () => messages++)</script>"
    browser.get(
        site.page(external(site, "analytics", "tag") + f'<iframe src="{frame}"></iframe>', head=count + site.script())
    )
    ready(browser)
    assert eventually(lambda: browser.execute_script("return messages") == 3)
    assert "tag" not in settled(browser, site)
    assert browser.execute_script("return consentBanner.decision.decided") is False


def test_no_receipt_is_anywhere_in_the_page(browser: WebDriver, site: Site) -> None:
    """A stable id would be handed to every granted tag: neither decision, events, data layer nor storage carry it."""
    browser.get(site.page())
    ready(browser)
    seen = call(browser, """
    const all = [];
    for (const name of ['change', 'open', 'close']) consentBanner.on(name, (decision) => all.push(decision));
    all.push(await consentBanner.acceptAll(), await consentBanner.save({categories: {analytics: true}}));
    all.push(await consentBanner.rejectAll(), await consentBanner.withdraw(), consentBanner.decision);
    all.push(window.dataLayer, {...localStorage}, {...sessionStorage}, history.state, document.cookie);
    all.push(document.documentElement.outerHTML, window.name);
    return JSON.stringify(all);
    """)  # fmt: skip
    assert '"receipt' not in seen
    receipts = call(browser, "return (await (await fetch('/consent/receipts')).json()).receipts")
    assert len(receipts) == 4
    assert not [each["receipt"] for each in receipts if each["receipt"] in seen]


def test_choices_are_promises_of_the_new_decision(browser: WebDriver, site: Site) -> None:
    browser.get(site.page())
    ready(browser)
    for act, granted in {
        "acceptAll()": {"preferences", "analytics", "marketing"}, "rejectAll()": set(),
        "save({categories: {analytics: true}})": {"analytics"}, "save({services: {pixel: true}})": {"pixel"},
        "save({categories: {marketing: true}, services: {pixel: false}})": {"marketing"},
        "withdraw()": set(), "save({})": set(),
    }.items():  # fmt: skip
        told = call(browser, f"return consentBanner.{act}")
        assert told["reason"] == "recorded", act
        assert told == call(browser, "return consentBanner.decision"), act
        named = {n for n, yes in told["categories"].items() if yes} - {"necessary"}
        apart = {n for n, yes in told["services"].items() if yes and n in act}
        assert named | apart == granted, act
    methods = call(
        browser, "return (await (await fetch('/consent/receipts')).json()).receipts.map((each) => each.method)"
    )
    assert methods[::-1] == ["accept_all", "reject_all", "custom", "custom", "custom", "withdraw", "custom"]


def test_save_rejects_with_the_problem_when_it_is_asked_for_nonsense(browser: WebDriver, site: Site) -> None:
    browser.get(site.page())
    ready(browser)
    with pytest.raises(Rejected) as caught:
        call(browser, "return consentBanner.save({categories: {analytics: true, turundus: true}})")
    problem = caught.value.args[0]
    assert problem["status"] == 400
    assert [each["pointer"] for each in problem["errors"]] == ["#/categories/turundus"]
    assert call(browser, "return consentBanner.decision.decided") is False


def test_open_and_close_are_promises_and_events(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(head=HEARD + site.script()))
    ready(browser)
    assert call(browser, "return (await consentBanner.open()).reason") == "none"
    assert part(browser, "preferences") is not None
    assert call(browser, "return (await consentBanner.close()).reason") == "none"
    assert eventually(lambda: part(browser, "preferences", 0) is None)
    assert eventually(lambda: heard(browser)[-2:] == ["open", "close"])
    assert call(browser, "return consentBanner.decision.decided") is False, "closing says nothing"
    call(browser, "await consentBanner.close()")


def test_choices_made_quickly_one_after_another_are_recorded_in_order_and_the_last_one_wins(
    browser: WebDriver, site: Site
) -> None:
    browser.get(site.page(external(site, "marketing", "never")))
    ready(browser)
    told = call(browser, """
    const sent = [consentBanner.save({categories: {analytics: true}}), consentBanner.rejectAll(),
                  consentBanner.save({categories: {preferences: true}})];
    await Promise.allSettled(sent);
    return [consentBanner.decision.categories, (await (await fetch('/consent/check')).json()).categories,
            (await (await fetch('/consent/receipts')).json()).receipts.map((each) => each.categories.analytics)];
    """)  # fmt: skip
    expected = {"necessary": True, "preferences": True, "analytics": False, "marketing": False}
    assert told == [expected, expected, [False, False, True]]
    assert settled(browser, site) == []


def test_a_refusal_made_right_after_an_acceptance_lets_nothing_load(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(external(site, "marketing", "never")))
    ready(browser)
    seen = call(browser, """
    const seen = [];
    consentBanner.on('change', (decision) => seen.push(decision.categories.marketing));
    await Promise.allSettled([consentBanner.acceptAll(), consentBanner.rejectAll()]);
    return [seen.includes(true), consentBanner.decision.reason];
    """)  # fmt: skip
    assert seen == [False, "recorded"]
    assert settled(browser, site) == []


def test_clicks_leave_no_unhandled_rejection(browser: WebDriver, site: Site) -> None:
    for path in ("choices", "banner"):
        site.fault(path, drop=True)
    browser.get(site.page('<a id="opener" href="#opened" data-consent-open>Seaded</a>', head=HEARD + site.script()))
    ready(browser)
    asked = len(site.asked("choices"))
    press(browser, "accept-all")
    press(browser, "reject-all")
    assert eventually(lambda: len(site.asked("choices")) >= asked + 2)
    settled(browser, site)
    assert browser.execute_script("return stray") == 0


def test_an_api_call_of_a_page_that_forgets_to_catch_is_the_only_stray_one(browser: WebDriver, site: Site) -> None:
    site.fault("choices", drop=True)
    browser.get(site.page(head=HEARD + site.script()))
    ready(browser)
    call(browser, "consentBanner.acceptAll(); await consentBanner.acceptAll().catch(() => {})")
    assert eventually(lambda: browser.execute_script("return stray") == 1)


def test_the_data_layer_gets_every_decision_in_one_shape(browser: WebDriver, site: Site) -> None:
    before = "<script>window.dataLayer = [{event: 'mine'}]; window.mine = dataLayer</script>"
    browser.get(site.page(head=before + site.script()))
    ready(browser)
    choose(browser, "analytics", heatmap=False)
    layer = call(browser, "return window.dataLayer")
    assert browser.execute_script("return window.dataLayer === window.mine") is True
    off = {"preferences": False, "analytics": False, "marketing": False}
    assert layer == [
        {"event": "mine"},
        {"event": "consent_update", "consent": {
            "categories": {"necessary": True, **off}, "reason": "none",
            "services": dict.fromkeys(("counter", "heatmap", "pixel", "video"), False)}},
        {"event": "consent_update", "consent": {
            "categories": {"necessary": True, **off, "analytics": True}, "reason": "recorded",
            "services": {"counter": True, "heatmap": False, "pixel": False, "video": False}}},
    ]  # fmt: skip


def test_only_one_global_and_the_data_layer_are_left_behind(browser: WebDriver, site: Site) -> None:
    before = "<script>window.before = new Set(Reflect.ownKeys(window)); before.add('before')</script>"
    browser.get(site.page("<div data-consent-preferences></div>", head=before + site.script()))
    ready(browser)
    call(browser, "await consentBanner.open(); await consentBanner.close(); await consentBanner.acceptAll()")
    new = browser.execute_script("return Reflect.ownKeys(window).filter((each) => !before.has(each)).map(String)")
    drivers = ("cdc_", "$cdc", "ret_nodes", "Symbol(automationSessionProxy)")
    assert sorted(name for name in new if not name.startswith(drivers)) == ["consentBanner", "dataLayer"]


def test_the_script_may_be_an_old_one_at_the_end_of_the_body_or_inserted_by_another(
    browser: WebDriver, site: Site
) -> None:
    late = "document.head.append(Object.assign(document.createElement('script'), {src: '/consent/banner.js?lang=et'}))"
    for path, head, body in (
        ("/plain", '<script src="/consent/banner.js?lang=et"></script>', ""),
        ("/defer", '<script defer src="/consent/banner.js?lang=et"></script>', ""),
        ("/end", "", '<script src="/consent/banner.js?lang=et"></script>'),
        ("/inserted", "", f"<script>{late}</script>"),
    ):
        browser.get(site.page(external(site, "analytics", path) + body, path, head=head))
        ready(browser)
        assert part(browser, "notice") is not None, path
        assert len(browser.find_elements(By.ID, "jutt-consent")) == 1, path
        call(browser, "return consentBanner.acceptAll()")
        assert arrived(site, path)
        browser.delete_all_cookies()
        call(browser, "sessionStorage.clear(); localStorage.clear()")
