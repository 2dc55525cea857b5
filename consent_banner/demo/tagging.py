"""How the demo's templates write a vendor's tag: its host, the mark that holds it back, and the page's CSP."""

from __future__ import annotations

from urllib.parse import urlsplit

from markupsafe import Markup

from ..policy import Policy
from .standins import SUFFIX


class Tagging:
    """The tags of one page. `unmarked` names the one service whose tag stands there live, as if forgotten."""

    def __init__(self, policy: Policy, scheme: str, host: str, unmarked: str | None = None) -> None:
        self._policy = policy
        self._scheme = scheme
        self._port = urlsplit(f"//{host}").port
        known = {service.id for service in policy.services}
        self.unmarked = unmarked if unmarked in known else None

    def host(self, vendor: str) -> str:
        """Where a vendor's host is stood in for: `http://snap.licdn.com.localhost:8000`."""
        port = f":{self._port}" if self._port else ""
        return f"{self._scheme}://{vendor}{SUFFIX}{port}"

    def script(self, service: str) -> Markup:
        """The two attributes that hold a script back until its service is granted."""
        if service == self.unmarked:
            return Markup("")
        return Markup('type="text/plain" data-consent="{}"').format(service)

    def source(self, service: str, address: str) -> Markup:
        """The same for an image or a frame: its address waits in `data-src`."""
        if service == self.unmarked:
            return Markup('src="{}"').format(address)
        return Markup('data-consent="{}" data-src="{}"').format(service, address)

    def content_security_policy(self, nonce: str) -> str:
        """A strict policy: nothing inline without the nonce, and no host but this one and the vendors' own."""
        vendors = " ".join(sorted({self.host(host) for service in self._policy.services for host in service.hosts}))
        return "; ".join((
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}' {vendors}",
            f"style-src 'self' 'nonce-{nonce}'",
            f"img-src 'self' {vendors}",
            f"connect-src 'self' {vendors}",
            f"frame-src {vendors}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types consent-banner default",
        ))  # fmt: skip
