"""What is marked loads when it was granted, and not a moment before: judged by what reached the trackers."""

from __future__ import annotations

from html import escape

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import address, arrived, choose, names, ready, settled
from .stage import Site


def ways(site: Site) -> dict[str, tuple[str, str]]:
    """Every way in which a tag reaches its tracker: as it is written without a gate, and behind one."""

    def to(name: str, path: str = "/tag.js") -> str:
        return escape(address(site, "counter", name, path))

    send = "new Image().src = '{}'"
    held = 'type="text/plain" data-consent="analytics"'
    module = f'{held} data-type="module"'
    return {
        "inline": (f"<script>{send.format(address(site, 'counter', 'inline', '/pixel.gif'))}</script>",
                   f"<script {held}>{send.format(address(site, 'counter', 'inline', '/pixel.gif'))}</script>"),
        "external": (f'<script src="{to("external")}"></script>', f'<script {held} src="{to("external")}"></script>'),
        "data-src": (f'<script src="{to("data-src")}"></script>', f'<script {held} data-src="{to("data-src")}"></script>'),
        "async": (f'<script async src="{to("async")}"></script>', f'<script {held} async src="{to("async")}"></script>'),
        "defer": (f'<script defer src="{to("defer")}"></script>', f'<script {held} defer src="{to("defer")}"></script>'),
        "module": (f'<script type="module" src="{to("module")}"></script>', f'<script {module} src="{to("module")}"></script>'),
        "module-inline": (f'<script type="module">import "{address(site, "counter", "module-inline")}"</script>',
                          f'<script {module}>import "{address(site, "counter", "module-inline")}"</script>'),
        "image": (f'<img src="{to("image", "/pixel.gif")}" alt="">',
                  f'<img data-consent="analytics" data-src="{to("image", "/pixel.gif")}" alt="">'),
        "srcset": (f'<img srcset="{to("srcset", "/pixel.gif")} 1x" alt="">',
                   f'<img data-consent="analytics" data-srcset="{to("srcset", "/pixel.gif")} 1x" alt="">'),
        "picture": (f'<picture><source srcset="{to("picture", "/pixel.gif")}"><img alt=""></picture>',
                    f'<picture><source data-consent="analytics" data-srcset="{to("picture", "/pixel.gif")}"><img alt=""></picture>'),
        "iframe": (f'<iframe src="{to("iframe", "/frame.html")}"></iframe>',
                   f'<iframe data-consent="analytics" data-src="{to("iframe", "/frame.html")}"></iframe>'),
        "stylesheet": (f'<link rel="stylesheet" href="{to("stylesheet", "/x.css")}">',
                       f'<link rel="stylesheet" data-consent="analytics" data-href="{to("stylesheet", "/x.css")}">'),
        "embed": (f'<video src="{to("embed", "/pixel.gif")}" preload="auto"></video>',
                  f'<video data-consent="analytics" data-src="{to("embed", "/pixel.gif")}" preload="auto"></video>'),
    }  # fmt: skip


def test_every_way_reaches_its_tracker_ungated_is_silent_unasked_and_loads_once_granted(
    browser: WebDriver, site: Site
) -> None:
    every = ways(site)
    browser.get(site.page("".join(bare for bare, _ in every.values()), "/bare", head=""))
    assert arrived(site, *every), f"a tag that never worked proves nothing: {set(every) - set(names(site))}"
    site.stage.hits.clear()

    browser.get(site.page("".join(gated for _, gated in every.values()), "/gated"))
    ready(browser)
    assert settled(browser, site) == []
    choose(browser, "analytics")
    assert arrived(site, *every), f"granted, and never loaded: {set(every) - set(names(site))}"
    assert sorted(settled(browser, site)) == sorted(every), "each once"
