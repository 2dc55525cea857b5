"""Every way in which a page can reach a tracker: the same list runs without the gate, behind the guard, and behind the wall.

A way that never worked in an engine proves nothing there, so each is first seen to arrive.
"""

from __future__ import annotations

from dataclasses import dataclass

from .stage import Site

TRACKER = "pixel"
"""The service that owns the host; it is in `marketing`."""


@dataclass(frozen=True)
class Way:
    """One way. `{at}` in `markup` or `code` is its own address, whose last part is its name; `code` is a script's.

    `guarded` says that the guard holds it; `released` that it loads in the same page once it is granted.
    """

    name: str
    title: str
    markup: str = ""
    code: str = ""
    guarded: bool = True
    released: bool = False

    @property
    def path(self) -> str:
        return f"/way/{self.name}"

    def address(self, site: Site, scheme: str = "http") -> str:
        return f"{scheme}://{TRACKER}.stand-in.localhost:{site.stage.port}{self.path}?site={site.host}"


def _made(tag: str, attribute: str, **more: str) -> str:
    """Make an element, give it its address as a property, and put it in."""
    rest = "".join(f" e.{name} = '{value}';" for name, value in more.items())
    return f"const e = document.createElement('{tag}');{rest} e.{attribute} = '{{at}}'; document.body.append(e);"


WAYS = (
    # What the parser finds. The preload scanner has fetched it before any script can act.
    Way("markup-script", "`<script src>` in the markup", '<script src="{at}"></script>', guarded=False),
    Way("markup-img", "`<img src>` in the markup", '<img src="{at}" alt="">', guarded=False),
    Way("markup-iframe", "`<iframe src>` in the markup", '<iframe src="{at}"></iframe>', guarded=False),
    Way("markup-style", "`<link rel=stylesheet>` in the markup", '<link rel="stylesheet" href="{at}">', guarded=False),
    Way("markup-poster", "`<video poster>` in the markup", '<video poster="{at}"></video>', guarded=False),
    # What scripts make.
    Way("script-src", "script, `src`", code=_made("script", "src"), released=True),
    Way("script-typed", "script whose type is set after its address", code="const e = document.createElement('script'); e.src = '{at}'; e.type = 'text/javascript'; document.head.appendChild(e);", released=True),
    Way("script-attribute", "script, `setAttribute`", code="const e = document.createElement('script'); e.setAttribute('SRC', '{at}'); document.head.insertBefore(e, document.head.firstChild);", released=True),
    Way("script-module", "module script, `src`", code=_made("script", "src", type="module"), released=True),
    Way("script-node", "`setAttributeNode`", code="const e = document.createElement('script'); const a = document.createAttribute('src'); a.value = '{at}'; e.setAttributeNode(a); document.head.append(e);", released=True),
    Way("image", "`new Image().src`", code="new Image().src = '{at}';", released=True),
    Way("image-relative", "an address without a scheme", code="new Image().src = '{at}'.slice(5);", released=True),
    Way("image-srcset", "`srcset`", code=_made("img", "srcset"), released=True),
    Way("image-picture", "`<picture><source srcset>`", code="const p = document.createElement('picture'); const s = document.createElement('source'); s.srcset = '{at}'; p.append(s, document.createElement('img')); document.body.append(p);", released=True),
    Way("iframe", "iframe, `src`", code=_made("iframe", "src"), released=True),
    Way("iframe-srcdoc", "iframe, `srcdoc`", code="const e = document.createElement('iframe'); e.srcdoc = '<img src=\"{at}\">'; document.body.append(e);", released=True),
    Way("link-stylesheet", "link, stylesheet", code=_made("link", "href", rel="stylesheet"), released=True),
    Way("link-preload", "link, preload", code="const e = document.createElement('link'); e.rel = 'preload'; e.as = 'image'; e.href = '{at}'; document.head.append(e);", released=True),
    Way("link-prefetch", "link, prefetch", code=_made("link", "href", rel="prefetch"), released=True),
    Way("link-modulepreload", "link, modulepreload", code=_made("link", "href", rel="modulepreload"), released=True),
    Way("video", "video, `src`", code=_made("video", "src", preload="auto"), released=True),
    Way("video-poster", "video, `poster`", code=_made("video", "poster"), released=True),
    Way("video-source", "`<source>` of a video", code="const v = document.createElement('video'); v.preload = 'auto'; const s = document.createElement('source'); s.src = '{at}'; v.append(s); document.body.append(v);", released=True),
    Way("audio", "`new Audio(…)`", code="new Audio('{at}').load();"),
    Way("embed", "embed", code=_made("embed", "src"), released=True),
    Way("object", "object", code=_made("object", "data"), released=True),
    Way("input", "`<input type=image>`", code=_made("input", "src", type="image"), released=True),
    Way("svg-image", "SVG `<image href>`", code="const s = document.createElementNS('http://www.w3.org/2000/svg', 'svg'); const i = document.createElementNS('http://www.w3.org/2000/svg', 'image'); i.setAttribute('href', '{at}'); s.append(i); document.body.append(s);", released=True),
    Way("svg-xlink", "SVG `<image xlink:href>`", code="const s = document.createElementNS('http://www.w3.org/2000/svg', 'svg'); const i = document.createElementNS('http://www.w3.org/2000/svg', 'image'); i.setAttributeNS('http://www.w3.org/1999/xlink', 'xlink:href', '{at}'); s.append(i); document.body.append(s);", released=True),
    Way("inner-html", "`innerHTML`", code="const d = document.createElement('div'); document.body.append(d); d.innerHTML = '<p><img src=\"{at}\"></p>';", released=True),
    Way("inner-html-bare", "`innerHTML`, unquoted and encoded", code="document.body.appendChild(document.createElement('div')).innerHTML = '<img alt=> <IMG sRc=' + '{at}'.replace('pixel', '&#112;ixel') + '>';", released=True),
    Way("outer-html", "`outerHTML`", code="const d = document.createElement('div'); document.body.append(d); d.outerHTML = '<iframe src=\"{at}\"></iframe>';", released=True),
    Way("insert-adjacent", "`insertAdjacentHTML`", code="document.body.insertAdjacentHTML('beforeend', '<img src=\"{at}\">');", released=True),
    Way("fragment", "`createContextualFragment`", code="document.body.append(document.createRange().createContextualFragment('<script src=\"{at}\"><\\/script>'));", released=True),
    Way("template", "a template's content", code="const t = document.createElement('template'); t.innerHTML = '<img src=\"{at}\">'; document.body.append(t.content);", released=True),
    Way("dom-parser", "`DOMParser`, then adopted", code="const d = new DOMParser().parseFromString('<img src=\"{at}\">', 'text/html'); document.body.append(d.body.firstChild);", released=True),
    Way("import-node", "`importNode`", code="const d = document.implementation.createHTMLDocument(''); d.body.innerHTML = '<iframe src=\"{at}\"></iframe>'; document.body.append(document.importNode(d.body.firstChild, true));", released=True),
    Way("range", "`Range.insertNode`", code="const d = new DOMParser().parseFromString('<iframe src=\"{at}\"></iframe>', 'text/html'); const r = document.createRange(); r.selectNodeContents(document.body); r.insertNode(d.body.firstChild);", released=True),
    Way("shadow", "a shadow root's `innerHTML`", code="const d = document.createElement('div'); document.body.append(d); d.attachShadow({mode: 'closed'}).innerHTML = '<img src=\"{at}\">';"),
    Way("write", "`document.write`", code="document.write('<script src=\"{at}\"><\\/script>');", released=True),
    Way("write-parts", "`document.write` in parts", code="document.write('<scr'); document.write('ipt src=\"{at}\"><\\/scr'); document.write('ipt>');", released=True),
    Way("fetch", "`fetch`", code="fetch('{at}', {mode: 'no-cors'}).catch(() => {});"),
    Way("fetch-request", "`fetch` with a `Request`", code="fetch(new Request('{at}', {mode: 'no-cors'})).catch(() => {});"),
    Way("xhr", "`XMLHttpRequest`", code="const x = new XMLHttpRequest(); x.open('GET', '{at}'); x.send();"),
    Way("xhr-post", "`XMLHttpRequest`, POST", code="const x = new XMLHttpRequest(); x.open('POST', '{at}'); x.send('a=1');"),
    Way("beacon", "`sendBeacon`", code="navigator.sendBeacon('{at}', 'a=1');"),
    Way("websocket", "`WebSocket`", code="new WebSocket('{at}'.replace('http:', 'ws:'));"),
    Way("event-source", "`EventSource`", code="new EventSource('{at}');"),
    Way("form", "`form.submit()`", '<iframe name="form"></iframe>', "const f = document.createElement('form'); f.action = '{at}'; f.method = 'post'; f.target = 'form'; document.body.append(f); f.submit();"),
    Way("form-button", "a form's button with `formaction`", '<iframe name="button"></iframe>', "const f = document.createElement('form'); f.method = 'post'; f.target = 'button'; f.innerHTML = '<button formaction=\"{at}\">x</button>'; document.body.append(f); f.firstChild.click();"),
    Way("ping", "`<a ping>`", '<a id="ping" href="#x" ping="{at}">x</a>', "document.getElementById('ping').click();"),
    Way("dynamic-import", "`import()`", code="import('{at}').catch(() => {});", guarded=False),
    # What no script can stand in front of.
    Way("css-property", "a background in `element.style`", code="document.body.appendChild(document.createElement('p')).style.background = 'url({at})';", guarded=False),
    Way("css-rule", "a rule in a `<style>`", code="const s = document.createElement('style'); s.textContent = '#css-rule{background:url({at})}'; document.head.append(s); document.body.appendChild(document.createElement('p')).id = 'css-rule';", guarded=False),
    Way("frame-fetch", "`fetch` of an empty frame", code="document.body.appendChild(document.createElement('iframe')).contentWindow.fetch('{at}', {mode: 'no-cors'}).catch(() => {});", guarded=False),
    Way("worker", "a worker's own requests", code="new Worker(URL.createObjectURL(new Blob(['fetch(\"{at}\", {mode: \"no-cors\"}).catch(() => 0)'])));", guarded=False),
)  # fmt: skip


def page_of_ways(site: Site, *, nonce: str = "") -> str:
    """The body of a page that tries every way."""
    attribute = f' nonce="{nonce}"' if nonce else ""
    body = []
    for way in WAYS:
        at = way.address(site)
        body.append(way.markup.replace("{at}", at))
        if way.code:
            code = way.code.replace("{at}", at)
            body.append(f"<script{attribute}>try {{ (() => {{ {code} }})() }} catch (error) {{ console.log(error) }}</script>")
    return "\n".join(body)
