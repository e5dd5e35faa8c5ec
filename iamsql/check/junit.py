"""Verdicts as JUnit XML, which build servers show: a suite for each control at its place, a case for each resource."""

from __future__ import annotations

from typing import TextIO
from xml.sax.saxutils import quoteattr

from iamsql.check.judging import Judged, Judging
from iamsql.escaping import printable

COLUMNS = ("status", "resource", "reason", "account_id", "account_name", "region", "ident", "muted")
WORDS = {"alarm": "failure", "error": "error", "muted": "skipped", "info": "skipped", "skip": "skipped"}


def write(judging: Judging, stream: TextIO) -> None:
    """Write a testsuite a place; an alarm is a failure, muted, skip and info are skipped cases."""
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="iamsql check">\n')
    for judged in judging.run():
        _suite(judged, stream)
    stream.write("</testsuites>\n")


def _suite(judged: Judged, stream: TextIO) -> None:
    place, counts = judged.place, judged.counts
    head = ".".join(filter(None, (place.benchmark, place.id))) or "controls"
    skipped = sum(counts.get(status, 0) for status in ("muted", "info", "skip"))
    tests, errors = max(sum(counts.values()), 1 if judged.failure else 0), counts.get("error", 0) + bool(judged.failure)
    facts = {
        "name": f"{head} {place.query.name}: {place.title}",
        "tests": str(tests),
        "failures": str(counts.get("alarm", 0)),
        "errors": str(errors),
        "skipped": str(skipped),
    }
    stream.write(f"  <testsuite{_attributes(facts)}>\n")
    if judged.failure:
        _case(stream, place.query.name, place.query.name, "error", "error", judged.failure)
    for status, resource, reason, account, name, region, ident, _ in judged.rows(COLUMNS):
        case = " ".join(filter(None, (resource, ident, None if region == "global" else region)))
        told = f"{reason} [{account}{f' {name}' if name else ''}]"
        _case(stream, place.query.name, case, WORDS.get(status, ""), status, told)
    stream.write("  </testsuite>\n")


def _case(stream: TextIO, control: str, name: str, word: str, status: str, told: str) -> None:
    stream.write(f"    <testcase{_attributes({'classname': control, 'name': name})}")
    if not word:
        stream.write("/>\n")
        return
    kind = "" if word == "skipped" else f' type="{status}"'
    text = f"{status}: {told}" if word == "skipped" else told
    stream.write(f"><{word}{kind} message={quoteattr(printable(text))}/></testcase>\n")


def _attributes(facts: dict[str, str]) -> str:
    """Return XML attributes; `seen` spells every character that XML 1.0 cannot hold."""
    return "".join(f" {name}={quoteattr(printable(value))}" for name, value in facts.items())
