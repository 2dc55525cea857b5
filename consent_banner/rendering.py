"""Our templates, in an environment of their own: nothing of it shows in the host application's Jinja."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from .i18n import speech

_BETWEEN_TAGS = re.compile(r">\s*\n\s*<")
_LINE_BREAKS = re.compile(r"\s*\n\s*")


@cache
def environment() -> Environment:
    """The one environment: autoescaped, and an undefined name is an error rather than an empty string."""
    return Environment(
        loader=PackageLoader("consent_banner"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, language: str, **values: Any) -> str:
    """One of our templates in one language, its words at hand as `_`, `ngettext` and the like."""
    return environment().get_template(f"consent_banner/{template}").render(**speech(language).variables(), **values)


def tight(markup: str) -> str:
    """Markup without the line breaks that only its authors need. A space inside a line stays."""
    return _LINE_BREAKS.sub(" ", _BETWEEN_TAGS.sub("><", markup)).strip()
