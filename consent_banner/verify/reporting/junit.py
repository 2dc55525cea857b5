"""JUnit XML: a suite for each page, a case for each kind, a failure for each finding."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as Xml

from ..findings import KINDS
from ..judging import Report
from .account import Account
from .plain import line
from .telling import Told

SUITE = "consent-banner verify"


def render(account: Account) -> str:
    """The run as one document."""
    root = Xml.Element("testsuites", name=SUITE)
    for report in account.reports:
        root.append(_suite(account, report))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _suite(account: Account, report: Report) -> Xml.Element:
    suite = Xml.Element("testsuite", name=line(report.page.url))
    properties = Xml.SubElement(suite, "properties")
    for name, value in (("browser", report.browser), ("revision", report.revision)):
        Xml.SubElement(properties, "property", name=name, value=line(value))
    for kind in KINDS:
        suite.append(_case(account, report, kind))
    suite.set("tests", str(len(KINDS)))
    suite.set("errors", "0")
    suite.set("failures", str(sum(case.find("failure") is not None for case in suite)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in suite)))
    suite.set("timestamp", line(account.evidence.started_at)[:19])
    return suite


def _case(account: Account, report: Report, kind: str) -> Xml.Element:
    """The case fails with what counts; where there is only what is known, it is skipped."""
    case = Xml.Element("testcase", name=f"{kind}: {account.words.title(kind)}", classname=line(report.page.url))
    failing, known = (
        [told for finding in findings if finding.kind == kind for told in account.told([finding])]
        for findings in (report.findings, report.known)
    )
    for told in failing:
        failure = Xml.SubElement(case, "failure", message=_message(account, told), type=kind)
        failure.text = "\n".join(_lines(account, told))
    if known and not failing:
        Xml.SubElement(case, "skipped", message="; ".join(_message(account, told) for told in known))
    return case


def _message(account: Account, told: Told) -> str:
    """The finding in one line: `Acme Pixel: No answer (after 412 ms)`."""
    seen = (account.seen(sighting) for sighting in told.seen)
    return line(": ".join(filter(None, [told.subject, "; ".join(seen)])))


def _lines(account: Account, told: Told) -> Iterator[str]:
    yield _message(account, told)
    for detail in told.details:
        yield line(f"{detail.label}: {detail.whole or detail.value}")
    if told.change:
        yield f"- {told.tag}"
        yield f"+ {told.change}"
    elif told.tag:
        yield line(f"{account.words.tag_as_it_stands()}: {told.tag}")
    yield account.words.advice(told.kind)
