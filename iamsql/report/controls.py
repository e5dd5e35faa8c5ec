"""The results of controls: counts by control, by account and family, and the findings. Each control is read once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from iamsql.check.controls import ControlResults, ControlRun
from iamsql.check.results import read_tables
from iamsql.check.selection import LEVELS, ControlRef, Job
from iamsql.model import Result
from iamsql.report.contents import Control

FINDING_STATUSES = ("alarm", "error", "muted", "info")  # of findings, the most urgent first
FINDING_COLUMNS = (
    "control", "severity", "status", "account_id", "account_name", "region", "resource", "reason", "dimensions", "ident",
)  # fmt: skip
MAX_FINDINGS = 250_000  # on the page, which then has about 3 MB
FINDING_TYPES = (*("VARCHAR",) * 8, "JSON", "VARCHAR")

Row = tuple[Any, ...]


@dataclass
class ControlData:
    """The controls of the page, with counts of their results.

    `by_account` counts results by account, family and status; `by_severity` by severity and status; `failures` counts controls
    that failed, by severity.
    """

    controls: list[Control] = field(default_factory=list)
    by_account: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    by_severity: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    failures: Counter[str] = field(default_factory=Counter)
    parameters: dict[str, Mapping[str, object]] = field(default_factory=dict)
    findings: Result = field(default_factory=lambda: Result(FINDING_COLUMNS, [], FINDING_TYPES))

    @property
    def families(self) -> list[str]:
        """Return the families of the controls, in the order of the benchmarks."""
        return list(dict.fromkeys(control.family for control in self.controls))


def read_controls(control_run: ControlRun, progress: Callable[[str], None] = lambda name: None) -> ControlData:
    """Run the controls and return their results. The findings are sorted by severity, then by status.

    `progress` is called with a description for each control that is run, such as "controls, 3 of 50".
    """
    data, jobs, number, total = ControlData(), set[Job](), 0, len(list(control_run.selection.all_controls))
    first_control_ids: dict[tuple[str, Job], str] = {}
    rows_by_level: dict[tuple[str, str], list[Row]] = defaultdict(list)
    progress(f"controls, 0 of {total}")
    for batch in control_run.batches():
        number += len(batch)
        new_results: list[ControlResults] = []
        for results in batch:
            data.controls.append(_control_with_counts(results, first_control_ids))
            data.parameters.setdefault(results.control.query.name, dict(results.control.values))
            if results.control.job not in jobs:
                jobs.add(results.control.job)
                new_results.append(results)
                _add_counts(data, results)
        _add_accounts(data, new_results)
        _add_rows(rows_by_level, new_results)
        progress(f"controls, {number} of {total}")
    ordered_rows = (row for level in LEVELS for status in FINDING_STATUSES for row in rows_by_level[level, status])
    data.findings = Result(FINDING_COLUMNS, list(islice(ordered_rows, MAX_FINDINGS)), FINDING_TYPES)
    return data


def left_out_sentence(data: ControlData, names: Sequence[str]) -> str:
    """Return a sentence on the findings that are too many for a browser, so the page leaves them out; '' if there are none."""
    finding_count = sum(counts[status] for counts in data.by_severity.values() for status in FINDING_STATUSES)
    listed_count = len(data.findings.rows)
    if listed_count == finding_count:
        return ""
    command = f"iamsql check {' '.join(names)} --output csv"
    return f"The page lists the {listed_count:,} most severe of {finding_count:,} findings. All findings: {command}"


def count_results(control_run: ControlRun) -> ControlData:
    """Run the controls and return the counts by severity only."""
    data, jobs = ControlData(), set[Job]()
    for results in control_run.run():
        if results.control.job not in jobs:
            jobs.add(results.control.job)
            _add_counts(data, results)
    return data


def _add_counts(data: ControlData, results: ControlResults) -> None:
    """Add the results of a control to the counts by severity."""
    severity = results.control.severity
    data.by_severity[severity].update(results.counts)
    data.failures[severity] += bool(results.failure)


def control_family(control: ControlRef) -> str:
    """Return the family of a control: the folder of its file."""
    return Path(control.query.path).parent.name


def _control_with_counts(results: ControlResults, first_control_ids: dict[tuple[str, Job], str]) -> Control:
    """Return a control with its counts. `first` maps each job of a benchmark to the number of its first control."""
    control = results.control
    same_as = first_control_ids.get((control.benchmark, control.job), "")
    first_control_ids.setdefault((control.benchmark, control.job), control.id or control.query.name)
    return Control(
        benchmark=control.benchmark,
        sections=[section.label for section in control.sections],
        id=control.id,
        name=control.query.name,
        title=control.title,
        severity=control.severity,
        family=control_family(control),
        about=control.query.about,
        fixes=control.query.fixes,
        counts=dict(results.counts),
        failure=results.failure.removeprefix(f"{control.query.path}: ").partition("\nLINE ")[0],
        same_as=same_as,
        collect=results.collect,
        references=[tag for tag in control.query.tags if ":" in tag and not tag.startswith(("mitre:", "tactic:"))],
        is_shipped=control.query.shipped,
    )


def _add_accounts(data: ControlData, results_of_controls: Sequence[ControlResults]) -> None:
    """Add the results of controls to the counts by account and family."""
    tables = [results.table for results in results_of_controls if results.table]
    families = {
        results.table.number: control_family(results.control) for results in results_of_controls if results.table
    }
    rest = "group by number, account_id, status order by number, min(rowid)"
    for number, account, status, count in read_tables(tables, "account_id, status, count(*)", rest, {}):
        data.by_account.setdefault(account, {}).setdefault(families[number], Counter())[status] += count


def _add_rows(
    rows_by_level: Mapping[tuple[str, str], list[Row]], results_of_controls: Sequence[ControlResults]
) -> None:
    """Add the rows of findings (FINDING_COLUMNS) by severity and status, at most MAX_FINDINGS of each."""
    tables = [results.table for results in results_of_controls if results.table]
    controls = {results.table.number: results.control for results in results_of_controls if results.table}
    columns, rest = ", ".join(FINDING_COLUMNS[2:]), "and list_contains($statuses, status) order by rowid"
    for number, *row in read_tables(tables, columns, rest, {"statuses": list(FINDING_STATUSES)}):
        control = controls[number]
        if len(rows := rows_by_level[control.severity, row[0]]) < MAX_FINDINGS:
            rows.append((control.query.name, control.severity, *row))
