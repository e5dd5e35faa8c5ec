"""The cards of key numbers and the sections of controls, as the templates need them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from iamsql.charts.lines import sparkline
from iamsql.report.contents import Contents, Control, Number
from iamsql.report.html.phrases import Phrases
from iamsql.report.html.tables import STATUSES

# The rows that a key number counts, as a fragment of the address: a section, and the filters of its table.
ROWS = {
    "accounts_read": "section=map",
    "accounts_missing": "section=skipped",
    "users": "section=users",
    "active_keys": "access-keys.status=Active&section=access-keys",
    "old_keys": "access-keys.status=Active&access-keys.sort=-age_days&section=access-keys",
    "users_without_mfa": "users.password=true&users.mfa=none&section=users",
    "root_keys": "access-keys.q=%3Croot_account%3E&section=access-keys",
    **{
        f"alarms_{level}": f"findings.severity={level}&findings.status=alarm&section=findings"
        for level in ("critical", "high", "medium", "low")
    },
    "unknown": "findings.status=error&section=findings",
}
LISTED = ("alarm", "error", "muted", "info")  # the statuses of results that the page lists as findings


@dataclass(frozen=True)
class Card:
    """A key number as a card. `kind` is the class that colors it: alarm, unknown or ''."""

    key: str
    kind: str
    value: int | None
    is_complete: bool
    change: str
    trend: str
    rows: str  # the fragment of the address that shows the rows that the number counts


@dataclass(frozen=True)
class ControlRow:
    """A control as a row: the worst status decides its color and its place in filters."""

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


@dataclass(frozen=True)
class Section:
    """A section of a benchmark with its controls."""

    title: str
    controls: Sequence[ControlRow]


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


def cards(numbers: Sequence[Number], say: Phrases) -> list[Card]:
    """Return the key numbers as cards."""
    return [_card(number, say) for number in numbers]


def _card(number: Number, say: Phrases) -> Card:
    values = [value for _, value in number.trend]
    name = say.say("trend", name=say.say(f"number.{number.key}"))
    trend = sparkline(name, values) if len(values) > 1 else ""
    is_alarm = number.key.startswith(("alarms_critical", "alarms_high", "root_keys", "users_without_mfa"))
    kind = "unknown" if number.key in ("unknown", "accounts_missing") else "alarm" if is_alarm else ""
    change = _change(values, say) if trend else ""
    return Card(
        number.key, kind if number.value else "", number.value, number.is_complete, change, trend, ROWS[number.key]
    )


def _change(values: Sequence[int | None], say: Phrases) -> str:
    """Return the difference between the last two values as text; '' if one of them is not known."""
    before, after = values[-2:]
    if before is None or after is None:
        return ""
    change = after - before
    sign = "+" if change > 0 else "\N{MINUS SIGN}"
    return say.say("since_last", change=sign + say.number(abs(change))) if change else say.say("unchanged")


def benchmark_sections(contents: Contents, say: Phrases) -> list[BenchmarkSections]:
    """Return the controls by benchmark and section. The description of a control appears once on the page."""
    seen: set[str] = set()
    return [
        BenchmarkSections(
            name, title, list(_sections([c for c in contents.controls if c.benchmark == name], seen, say))
        )
        for name, title in contents.benchmarks
    ]


def _sections(controls: Sequence[Control], seen: set[str], say: Phrases) -> Iterator[Section]:
    for sections, group in groupby(controls, lambda control: tuple(control.sections)):
        title = " / ".join(sections) or say.say("controls.other")
        yield Section(title, [_row(control, seen) for control in group])


def _row(control: Control, seen: set[str]) -> ControlRow:
    results = [(status, control.counts[status]) for status in STATUSES if control.counts.get(status)]
    is_new = control.name not in seen
    seen.add(control.name)
    return ControlRow(
        id=control.id,
        name=control.name,
        title=control.title,
        severity=control.severity,
        status="error" if control.failure else results[0][0] if results else "",
        results=results,
        about=_paragraphs(control.about) if is_new else "",
        fixes=control.fixes if is_new else (),
        failure=control.failure,
        same_as=control.same_as,
        is_listed=any(status in LISTED for status, _ in results),
    )


def _paragraphs(text: str) -> str:
    """Return the text without the line breaks inside its paragraphs."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)
