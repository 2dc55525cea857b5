"""Evidence is what strangers wrote. Here it becomes text that can be shown; each format then escapes it its own way."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

ADDRESS_LENGTH = 160
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_SPACES = re.compile(r"[ \t\n\r]+")
_PICTURE = re.compile(r"data:image/(?:png|jpeg|webp);base64,[A-Za-z0-9+/]+={0,2}")


def plain(text: object) -> str:
    """The text with a mark for each control character, half character or turn of direction; line breaks stay.

    What remains is legal XML, moves no terminal's cursor and reads in the order in which it stands.
    """
    return _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", str(text))


def line(text: object) -> str:
    """The text on one line. A space that holds two things together stays."""
    return _SPACES.sub(" ", plain(text)).strip(" ")


def shortened(text: object, most: int = ADDRESS_LENGTH) -> str:
    """The text on one line, its middle left out where it is longer than `most` characters."""
    whole = line(text)
    if len(whole) <= most:
        return whole
    tail = (most - 1) // 3
    return f"{whole[: most - 1 - tail]}…{whole[len(whole) - tail :]}"


def without_query(address: str) -> str:
    """An address up to what it sends along: `https://px.example/p.gif` of `https://px.example/p.gif?id=1`."""
    return address.partition("#")[0].partition("?")[0]


def sent(address: str) -> list[tuple[str, str]]:
    """What an address sends along in its query, names and values decoded."""
    try:
        return parse_qsl(urlsplit(address).query, keep_blank_values=True)
    except ValueError:
        return []


def web_address(address: str) -> str | None:
    """An address that may become a link: http or https, and nothing in it that does not belong in one."""
    try:
        parts = urlsplit(address)
        web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return address if web and not re.search(r"[\s\"<>\\^`{|}]", address) and plain(address) == address else None


def picture(address: str | None) -> str | None:
    """A screenshot's `data:` address, where it really is a picture and nothing else."""
    return address if address and _PICTURE.fullmatch(address) else None
