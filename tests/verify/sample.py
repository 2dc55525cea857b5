"""One run as a browser might have seen it, made by hand: every kind of finding, a clean page, and a hostile one."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import replace
from functools import cache
from html import escape
from typing import Any

from consent_banner.verify.evidence import (
    BLOCKED,
    Act,
    Evidence,
    Notice,
    Page,
    Part,
    Request,
    State,
    Stored,
    Tag,
    Usable,
    Visit,
)

SHOP = "https://shop.example"
SERVICE = f"{SHOP}/consent/"
PIXEL = "https://px.acme.example/p.gif?id=4711&ev=PageView&dl=https%3A%2F%2Fshop.example%2F&ref=newsletter"
STATS = "https://stats.acme.example/collect"
VIDEO = "https://www.youtube-nocookie.com/embed/x"
SCENARIOS = ("fresh", "gpc", "reject", "accept", "only:preferences", "only:analytics", "only:marketing", "withdraw")
ANSWERED = {each: 2140 for each in SCENARIOS if each not in ("fresh", "gpc")}

SCRIPT = "<script>alert(1)</script>"
CONTROL = "\x00\x1b[31m\x9b2J\u202egnp.exe\ud800]]>&\"'"
JAVASCRIPT = "javascript:alert(document.domain)"
HOSTILE = f'{SHOP}/"><svg onload=alert(2)>?q={SCRIPT}{CONTROL}'
LONG = "https://px.acme.example/" + "verylong" * 90 + "?" + "&".join(f"key{n}=value{n}" for n in range(40))


def _service(name: str, category: str, names: dict[str, str], hosts: list[str], **lifetimes: str) -> dict[str, Any]:
    kept = [{"name": key, "kind": "cookie", "lifetime": life.replace("_", " ")} for key, life in lifetimes.items()]
    return {"id": name, "category": category, "name": names, "hosts": hosts, "storage": kept}


def policy() -> dict[str, Any]:
    """As `policy.json` has it, in what verification reads of it."""
    categories = {
        "necessary": ("Vajalikud", "Necessary"),
        "preferences": ("Eelistused", "Preferences"),
        "analytics": ("Statistika", "Statistics"),
        "marketing": ("Turundus", "Marketing"),
    }
    named = {key: dict(zip(("et", "en"), names, strict=True)) for key, names in categories.items()}
    return {
        "revision": "1f3a9c2e",
        "categories": [{"id": key, "required": key == "necessary", "name": name} for key, name in named.items()],
        "services": [
            _service("shop", "necessary", {"et": "Veebipood", "en": "Web shop"}, [], cart="30 days"),
            _service("youtube", "preferences", _both("YouTube"), ["www.youtube-nocookie.com"]),
            _service("acme-stats", "analytics", _both("Acme Analytics"), ["stats.acme.example"], _acme="390 days"),
            _service("heat-map", "analytics", _both("Soojuskaart"), ["heat.example"]),
            _service("acme-pixel", "marketing", _both("Acme Pixel"), ["px.acme.example"], _ap="90 days"),
            _service("leads", "marketing", _both(f"Leads & Co {SCRIPT}"), ["leads.example"], _leads="session"),
        ],
        "storage": [],
    }


def _both(name: str) -> dict[str, str]:
    return {"et": name, "en": name}


def evidence() -> Evidence:
    """The whole run: a page that breaks most promises, one without a notice, one without a service, and two more."""
    pages = (_shop(), _campaign(), _checkout(), _clean(), _hostile())
    return Evidence("Chromium 156.0.8078.79", "2026-11-22T10:04:09+00:00", policy(), pages)


def clean() -> Evidence:
    """A run over one page that keeps every promise."""
    whole = evidence()
    services = [each for each in whole.policy["services"] if each["id"] in ("shop", "youtube", "acme-stats")]
    return replace(whole, policy={**whole.policy, "services": services}, pages=(_clean(),))


@cache
def picture(notice: bool) -> str:
    """A screenshot of a sort: a bar, some text, a picture, and the notice in its corner."""
    width, height = 640, 400
    rows = bytearray()
    for y in range(height):
        row = bytearray([245]) * width
        if y < 36:
            row = bytearray([58]) * width
        elif 70 < y < 330 and y % 26 < 10:
            row[40:300] = bytearray([190]) * 260
        if 70 < y < 300:
            row[340:600] = bytearray([150]) * 260
        if notice and 250 < y < 384:
            row[24:270] = bytearray([255]) * 246
            if 330 < y < 364:
                row[40:140] = row[150:250] = bytearray([70]) * 100
        rows += b"\0" + row
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    made = (struct.pack(">I", len(body)) + kind + body + _sum(kind + body) for kind, body in parts)
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(made)).decode()


def _sum(of: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(of))


def request(url: str, at: int, kind: str = "image", since: int = 0, **more: Any) -> Request:
    """A request that went well, `at` ms into the visit; `since` is when the page was opened."""
    return Request(url=url, at_ms=at, after_ms=at - since, kind=kind, status=200, **more)


def _own(url: str) -> list[Request]:
    """What the site itself asks for on every visit."""
    paths = ("", "app.js", "style.css", "logo.svg", "api/basket", "hero.jpg")
    own = [request(f"{SHOP}/{path}", 4 + 38 * n, "document" if not path else "script") for n, path in enumerate(paths)]
    check = request(f"{SERVICE}check", 180, "fetch", content_type="application/json")
    return [replace(each, page=url) for each in (*own, check)]


def _looks(width: float = 180) -> Notice:
    accept = Part(180, 44, 16, 9.8, usable=True)
    return Notice(True, parts={"accept-all": accept, "reject-all": replace(accept, width=width)})


def _visit(url: str, scenario: str, *more: Request, **values: Any) -> Visit:
    """A visit without reproach, and what else is given."""
    answered = ANSWERED.get(scenario)
    acts = [Act(scenario, answered)] if answered else []
    withdrawn = 7420 if scenario == "withdraw" else None
    moments = ("loaded", *(["answered"] if answered else []), *(["withdrawn"] if withdrawn else []), "last")
    given = {
        "requests": tuple(sorted((*_own(url), *more), key=lambda each: each.at_ms)),
        "acts": tuple(acts),
        "answered_ms": answered,
        "withdrawn_ms": withdrawn,
        "notice": _looks(),
        "usable": tuple(Usable(moment, url, letters=2400) for moment in moments),
        "screenshot": picture(scenario in ("fresh",)),
        **values,
    }
    return Visit(scenario, **given)


def _granted(scenario: str, until: int = 16_000) -> list[Request]:
    """What the services send as they should."""
    statistics = [request(STATS, at, "beacon") for at in range(2400, until, 1900)]
    video = [request(VIDEO, 2310, "iframe"), request(f"{VIDEO}/player.js", 2590, "script")]
    return [
        *(statistics if scenario in ("accept", "only:analytics", "withdraw") else []),
        *(video if scenario in ("accept", "only:preferences", "withdraw") else []),
    ]


def _shop() -> Page:
    """Nearly everything is wrong here, in the way that it usually is."""
    visits = [_shop_visit(scenario) for scenario in SCENARIOS]
    fallback = request("https://heat.example/h.js", 5012, "script", initiator=f"{SHOP}/app.js", line=88)
    return Page(f"{SHOP}/", SERVICE, (*visits, _visit(f"{SHOP}/", BLOCKED, fallback)))


def _shop_visit(scenario: str) -> Visit:
    url = f"{SHOP}/"
    seen = [
        request(PIXEL, 412 + 7 * len(scenario), initiator=url, line=31),
        request(PIXEL.replace("PageView", "Scroll"), 9100, initiator=url, line=31),
        request("https://fonts.host.example/inter.woff2", 230, "font", initiator=f"{SHOP}/style.css"),
        request("https://www.googletagmanager.com/gtag/js?id=G-4711", 300, "script", initiator=url, line=12),
        *_granted(scenario, 7000 if scenario == "withdraw" else 16_000),
    ]
    if scenario == "withdraw":
        leads = {"redirected_from": f"{SHOP}/go/7", "initiator": f"{SHOP}/app.js", "line": 1204}
        seen.append(request("https://leads.example/l?visitor=8f14e45f", 12_300, "fetch", since=7900, **leads))
    tags = (
        Tag(PIXEL, f'<img src="{escape(PIXEL)}" width="1" height="1" alt="">'),
        Tag(seen[3].url, f'<script async src="{seen[3].url}">'),
    )
    return _visit(url, scenario, *seen, tags=tags, **_shop_storage(scenario), **_shop_state(scenario))


def _shop_storage(scenario: str) -> dict[str, Any]:
    last = 16_200
    stored = [
        Stored("cookie", "_ap", ".shop.example", last, "last", days=90, http_only=True),
        Stored("local_storage", "visitor-id", SHOP, last, "last"),
        Stored("cookie", "cart", "shop.example", last, "last", days=365),
    ]
    if scenario in ("accept", "withdraw"):
        stored.append(Stored("cookie", "_acme", ".shop.example", last, "last", days=390))
    return {"stored": tuple(stored)}


def _shop_state(scenario: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if scenario == "fresh":
        none = dict.fromkeys(("preferences", "analytics", "marketing"), False)
        state = State("loaded", "none", False, page={"necessary": True, **none})
        values = {"ticked": ("analytics",), "notice": _looks(126), "states": (state,)}
    if scenario == "reject":
        layer = {"necessary": True, "preferences": False, "analytics": True, "marketing": False}
        wall = Usable("last", f"{SHOP}/", covered=0.84, by="div#wall.overlay", letters=2400)
        values = {"states": (State("answered", "recorded", True, data_layer=layer),), "usable": (wall,)}
    return values


def _campaign() -> Page:
    """The page of an agency, where the notice was forgotten."""
    url = f"{SHOP}/kampaania/?utm_source=uudiskiri&utm_campaign=m%C3%A4rts"
    notice = Notice(False, "div lies over it")
    return Page(url, SERVICE, tuple(_visit(url, each, notice=notice) for each in ("fresh", "reject", "accept")))


def _checkout() -> Page:
    """Behind a proxy that does not let the service through."""
    url = f"{SHOP}/kassa"
    failing = Request(f"{SERVICE}check", 181, 181, "fetch", status=503, content_type="text/html")
    unanswered = _visit(url, "accept", answered_ms=None, acts=(Act("accept", 2140, None, "it is not there"),))
    return Page(url, SERVICE, (_visit(url, "fresh", failing), unanswered))


def _clean() -> Page:
    url = f"{SHOP}/privaatsus"
    visits = tuple(_visit(url, scenario, *_granted(scenario, 7000)) for scenario in (*SCENARIOS, BLOCKED))
    return Page(url, SERVICE, visits)


def _hostile() -> Page:
    """A page that attacks whoever reads the report."""
    markup = f'<script src="{LONG}" onload="{SCRIPT}{CONTROL}">'
    seen = (
        request(LONG, 500, initiator=JAVASCRIPT, frame=JAVASCRIPT, redirected_from=f"data:text/html,{SCRIPT}"),
        request(f"https://evil.example/{SCRIPT}?{SCRIPT}={CONTROL}", 600, kind=SCRIPT),
    )
    stored = Stored("cookie", f"</style>{SCRIPT}{CONTROL}", JAVASCRIPT, 900, "last", days=0.2)
    tags = (Tag(LONG, markup),)
    picture_of_none = f'data:image/svg+xml,<svg onload="{JAVASCRIPT}">'
    visit = _visit(HOSTILE, "fresh", *seen, stored=(stored,), tags=tags, screenshot=picture_of_none)
    return Page(HOSTILE, SERVICE, (visit,))
