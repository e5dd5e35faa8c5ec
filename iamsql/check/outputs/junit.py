"""Write results as JUnit XML for build servers: a test suite for each control, a test case for each resource."""

from __future__ import annotations

from typing import TextIO
from xml.sax.saxutils import quoteattr

from iamsql.check.controls import ControlResults, ControlRun
from iamsql.escaping import printable

COLUMNS = ("status", "resource", "reason", "account_id", "account_name", "region", "ident", "muted")
ELEMENTS_BY_STATUS = {"alarm": "failure", "error": "error", "muted": "skipped", "info": "skipped", "skip": "skipped"}


def write(control_run: ControlRun, stream: TextIO) -> None:
    """Write the results. An alarm is a failure; muted, skip and info are skipped test cases."""
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="iamsql check">\n')
    for results in control_run.run():
        _write_suite(results, stream)
    stream.write("</testsuites>\n")


def _write_suite(results: ControlResults, stream: TextIO) -> None:
    control, counts = results.control, results.counts
    class_name = ".".join(filter(None, (control.benchmark, control.id))) or "controls"
    skipped = sum(counts.get(status, 0) for status in ("muted", "info", "skip"))
    # A control that failed has no results. It is one test case with an error, so the build server does not omit it.
    failed = int(bool(results.failure))
    attributes = {
        "name": f"{class_name} {control.query.name}: {control.title}",
        "tests": str(max(sum(counts.values()), failed)),
        "failures": str(counts.get("alarm", 0)),
        "errors": str(counts.get("error", 0) + failed),
        "skipped": str(skipped),
    }
    stream.write(f"  <testsuite{_format_attributes(attributes)}>\n")
    if results.failure:
        _write_case(stream, control.query.name, control.query.name, "error", "error", results.failure)
    for status, resource, reason, account, name, region, subresource, _ in results.rows(COLUMNS):
        case = " ".join(filter(None, (resource, subresource, None if region == "global" else region)))
        message = f"{reason} [{account}{f' {name}' if name else ''}]"
        _write_case(stream, control.query.name, case, ELEMENTS_BY_STATUS.get(status, ""), status, message)
    stream.write("  </testsuite>\n")


def _write_case(stream: TextIO, control: str, name: str, word: str, status: str, message: str) -> None:
    stream.write(f"    <testcase{_format_attributes({'classname': control, 'name': name})}")
    if not word:
        stream.write("/>\n")
        return
    type_attribute = "" if word == "skipped" else f' type="{status}"'
    text = f"{status}: {message}" if word == "skipped" else message
    stream.write(f"><{word}{type_attribute} message={quoteattr(printable(text))}/></testcase>\n")


def _format_attributes(attributes: dict[str, str]) -> str:
    """Return XML attributes. `printable` also escapes the characters that XML 1.0 cannot contain."""
    return "".join(f" {name}={quoteattr(printable(value))}" for name, value in attributes.items())
