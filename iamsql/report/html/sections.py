"""The sections of controls, as the templates need them: the worst first, with a bar of the results of each section."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from iamsql.catalog.remediation import commands
from iamsql.check.controls import STATUSES
from iamsql.report.charts.data import Bar
from iamsql.report.charts.strip import strip_chart
from iamsql.report.contents import Contents, Control
from iamsql.report.html.phrases import Phrases
from iamsql.report.html.tables import SEVERITIES
from iamsql.version import HOMEPAGE

LISTED_STATUSES = ("alarm", "error", "muted", "info")  # the statuses of results that the page lists as findings
DOCUMENTATION_URL = f"{HOMEPAGE}/blob/main/docs/queries/{{name}}.md"
CIS_TAG_PATTERN = re.compile(r"cis_v([0-9.]+):(.+)")


@dataclass(frozen=True)
class ControlRow:
    """A control as a row: the worst status decides its color and its position in filters.

    `references` are its numbers in benchmarks as text, and `page` the address of its documentation, '' for a control of the user.
    """

    id: str
    name: str
    title: str
    severity: str
    status: str
    results: Sequence[tuple[str, int]]
    about: str
    fixes: Sequence[str]
    failure: str
    same_as: str
    is_listed: bool
    is_first: bool
    references: Sequence[str]
    page: str


@dataclass(frozen=True)
class Section:
    """A section of a benchmark with its controls, their results by status as a drawing, and the alarms by severity."""

    title: str
    controls: Sequence[ControlRow]
    bar: str
    alarms: Sequence[tuple[str, int]]
    unknown: int


@dataclass(frozen=True)
class BenchmarkSections:
    """A benchmark with its sections."""

    name: str
    title: str
    sections: Sequence[Section]

    @property
    def is_numbered(self) -> bool:
        """Return whether a control has a number."""
        return any(control.id for section in self.sections for control in section.controls)


def benchmark_sections(contents: Contents, say: Phrases) -> list[BenchmarkSections]:
    """Return the controls by benchmark and section, the worst first. The description of a control appears once on the page."""
    described_controls: set[str] = set()
    return [
        BenchmarkSections(
            name,
            title,
            list(_build_sections([c for c in contents.controls if c.benchmark == name], described_controls, say)),
        )
        for name, title in contents.benchmarks
    ]


def _build_sections(controls: Sequence[Control], described_controls: set[str], say: Phrases) -> Iterator[Section]:
    grouped_controls = [
        (tuple(labels), list(group)) for labels, group in groupby(controls, lambda control: control.sections)
    ]
    for labels, group in sorted(grouped_controls, key=lambda item: _section_sort_key(item[1])):
        title = " / ".join(labels) or say.phrase("controls.other")
        # Rows are made in the order of the benchmark, and shown by severity and then alarms.
        rows = sorted([_control_row(control, described_controls) for control in group], key=_row_sort_key)
        totals: Counter[str] = Counter()
        for control in group:
            totals.update({} if control.same_as else control.counts)
        bars = [Bar(say.word(status), totals[status], status) for status in STATUSES]
        alarms = _count_alarms(group)
        yield Section(
            title,
            rows,
            strip_chart(title, bars),
            [(level, alarms[level]) for level in SEVERITIES if alarms[level]],
            totals["error"],
        )


def _count_alarms(controls: Sequence[Control]) -> Counter[str]:
    """Return the number of alarms by severity."""
    alarms: Counter[str] = Counter()
    for control in controls:
        alarms[control.severity] += 0 if control.same_as else control.counts.get("alarm", 0)
    return alarms


def _section_sort_key(controls: Sequence[Control]) -> list[int]:
    """Return the sort key of a section: most alarms of the highest severity first."""
    alarms = _count_alarms(controls)
    return [-alarms[level] for level in SEVERITIES]


def _row_sort_key(row: ControlRow) -> tuple[int, int, int]:
    counts = dict(row.results)
    severity = SEVERITIES.index(row.severity) if row.severity in SEVERITIES else len(SEVERITIES)
    return severity, -counts.get("alarm", 0), -counts.get("error", 0)


def _control_row(control: Control, described_controls: set[str]) -> ControlRow:
    results = [(status, control.counts[status]) for status in STATUSES if control.counts.get(status)]
    is_new = control.name not in described_controls
    described_controls.add(control.name)
    return ControlRow(
        id=control.id,
        name=control.name,
        title=control.title,
        severity=control.severity,
        status="error" if control.failure else results[0][0] if results else "",
        results=results,
        about=_unwrap_paragraphs(control.about) if is_new else "",
        fixes=commands(control.fixes, {}) if is_new else (),
        failure=control.failure,
        same_as=control.same_as,
        is_listed=any(status in LISTED_STATUSES for status, _ in results),
        is_first=is_new,
        references=[_benchmark_number(tag) for tag in control.references],
        page=DOCUMENTATION_URL.format(name=control.name) if control.is_shipped else "",
    )


def _benchmark_number(tag: str) -> str:
    """Return the number of a control in a benchmark as text, such as CIS v7.0 1.11."""
    if match := CIS_TAG_PATTERN.fullmatch(tag):
        return f"CIS v{match[1]} {match[2]}"
    benchmark, _, number = tag.partition(":")
    return f"{benchmark.replace('_', ' ').upper() if benchmark == 'fsbp' else benchmark.replace('_', ' ').title()} {number}"


def _unwrap_paragraphs(text: str) -> str:
    """Return the text without the line breaks inside its paragraphs."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)
