"""The results of controls as one row for each control of a section, with its status and its counts: a summary for auditors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iamsql.catalog.standards import NUMBERED_BENCHMARKS, StandardNumbers
from iamsql.check.controls import STATUSES, ControlResults, ControlRun
from iamsql.model import Result

# A control has the first of these statuses that one of its results has.
WORST_FIRST = ("alarm", "error", "muted", "info", "ok")
NO_RESULTS = "There is nothing to evaluate."
COLUMNS = (
    "benchmark", "section", "id", "control", "title", "severity", "status", *STATUSES, "results", "note", *NUMBERED_BENCHMARKS
)  # fmt: skip
TYPES = ("VARCHAR",) * 7 + ("BIGINT",) * (len(STATUSES) + 1) + ("VARCHAR",) * (1 + len(NUMBERED_BENCHMARKS))
ID_INDEX = COLUMNS.index("id")


class ControlRows:
    """Collects the rows from the results of controls. A control with two numbers in a section has one row."""

    def __init__(self, numbers: StandardNumbers) -> None:
        """Take the numbers of controls by standard, as `standard_numbers` returns them."""
        self._numbers = numbers
        self._rows: dict[tuple[Any, ...], list[Any]] = {}

    def add(self, results: ControlResults) -> None:
        """Add the results of a control."""
        control = results.control
        columns = control.columns
        key = (columns["benchmark"], columns["section"], control.job, columns["title"])
        if key in self._rows:
            self._rows[key][ID_INDEX] = _join_numbers(self._rows[key][ID_INDEX], control.id)
            return
        counts = results.counts
        self._rows[key] = [
            *columns.values(),
            control_status(counts, failed=bool(results.failure)),
            *(counts.get(status, 0) for status in STATUSES),
            sum(counts.values()),
            _control_note(results),
            *(self._numbers.get(name, {}).get(control.query.name) for name in NUMBERED_BENCHMARKS),
        ]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows in the order of the benchmarks."""
        return (tuple(row) for row in self._rows.values())


def evaluate_by_control(control_run: ControlRun, numbers: StandardNumbers) -> Result:
    """Evaluate the controls, and return a row for each."""
    rows = ControlRows(numbers)
    for results in control_run.run():
        rows.add(results)
    return Result(COLUMNS, list(rows.rows()), TYPES)


def control_status(counts: Mapping[str, int], *, failed: bool = False) -> str:
    """Return the status of a control from the number of its results by status.

    A control that failed is unknown (error). A control with only skipped results does not apply (skip).
    """
    if failed:
        return "error"
    return next((status for status in WORST_FIRST if counts.get(status)), "skip")


def _control_note(results: ControlResults) -> str | None:
    if results.failure:
        return f"Failed: {results.failure.splitlines()[0]}"
    return None if sum(results.counts.values()) else NO_RESULTS


def _join_numbers(numbers: str | None, other: str) -> str | None:
    known_numbers: Sequence[str] = (numbers or "").split(", ")
    return numbers if not other or other in known_numbers else ", ".join(filter(None, (*known_numbers, other)))
