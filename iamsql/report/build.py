"""Read the contents of the page from a run. A section that cannot be read is empty, with the reason in `Contents.missing`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from iamsql import catalog
from iamsql.catalog import Config
from iamsql.check.run import ControlRun, ResultFilter, run_controls
from iamsql.check.selection import CheckCatalog, load_catalog
from iamsql.diff.runs import read_run
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.session import answer
from iamsql.report.account_map import accounts_of_run, map_rows, outcomes_of
from iamsql.report.contents import Contents, EscalationPath, Heading, Histogram, SkippedAccount
from iamsql.report.controls import ControlData, read_controls
from iamsql.report.escalation import materialise_escalation, read_escalation
from iamsql.report.events import NO_FINDINGS, by_day, count_events, read_detections
from iamsql.report.inventory import key_histograms, read_keys, read_users, store_audit
from iamsql.report.numbers import as_numbers, read_numbers
from iamsql.report.queries import all_queries, shipped
from iamsql.runs.latest import choose
from iamsql.store.reader import Reader

DEFAULT_BENCHMARK = "iamsql"
NO_ROWS = Result((), [])
NO_PATHS: tuple[list[EscalationPath], dict[str, int]] = ([], {})
NO_ACCOUNTS: list[SkippedAccount] = []
Section = TypeVar("Section")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class ReportRequest:
    """What to report: benchmarks or controls, the earlier run to compare with ('' for none), and how many earlier runs to count."""

    benchmarks: tuple[str, ...] = (DEFAULT_BENCHMARK,)
    since: str = ""
    trend: int = 10
    mutes: tuple[Path, ...] = ()
    config: Path | None = None
    query_dirs: tuple[str, ...] = ()


@dataclass
class _Sections:
    """The sections that were read, and the reasons of those that are missing or incomplete."""

    missing: dict[str, str] = field(default_factory=dict)

    def read(self, name: str, reading: Callable[[], tuple[Section, str]], empty: Section) -> Section:
        """Return a section; `empty`, and the first line of the error as its reason, if it cannot be read."""
        try:
            section, note = reading()
        except IamsqlError as error:
            section, note = empty, str(error)
        if note:
            self.missing[name] = note
        return section


def read_contents(
    request: ReportRequest, *, run: str, runs_dir: Path, progress: Progress = print
) -> tuple[Contents, list[str]]:
    """Read a run, and return the contents of the page and notes on the choice of the run. `progress` is called with lines.

    Raise IamsqlError for unknown names, and for a file that is not a run.
    """
    checks = load_catalog(request.query_dirs)
    settings = checks.read_config(request.config)
    choice = choose(runs_dir, run)
    read_run(choice.path)
    found = _Sections()
    with run_controls(
        checks,
        request.benchmarks,
        args={},
        result_filter=ResultFilter(mutes=request.mutes),
        settings=settings,
        run=str(choice.path.resolve()),
        runs_dir=runs_dir,
        further=all_queries(checks),
    ) as control_run:
        values, days = _read_run(checks, request.benchmarks, control_run, found)
    findings = found.read("events", lambda: _detections(checks, settings, choice.path, found), NO_FINDINGS)
    values["events"] = by_day(days, findings, found.missing.get("events", ""))
    return Contents(**values, missing=found.missing), choice.notes


def _read_run(
    checks: CheckCatalog, names: Sequence[str], control_run: ControlRun, found: _Sections
) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Return the fields of Contents that one open run has, and the events by day."""
    reader = control_run.reader
    materialise_escalation(reader)
    data = read_controls(control_run)
    accounts = accounts_of_run(reader)
    numbers = read_numbers(reader, accounts, shipped(checks, "root_keys"), data, control_run.coverage.organization)
    audit = shipped(checks, "audit_report")
    with suppress(IamsqlError):  # the sections that read the table report the error
        store_audit(reader, audit)
    key_age, key_use = _histograms(reader, found)
    paths, totals = found.read("escalation", lambda: _escalation(reader), NO_PATHS)
    values = {
        "heading": _heading(reader, [*checks.notes(names), *control_run.notes()]),
        "outcomes": outcomes_of(accounts),
        "numbers": as_numbers(numbers),
        **_of_controls(control_run, data),
        "account_map": map_rows(accounts, data.by_account, data.families),
        "key_age": key_age,
        "key_use": key_use,
        "escalation": paths,
        "escalation_total": totals,
        "risks": found.read("risks", lambda: _answer(reader, shipped(checks, "top_risks")), NO_ROWS),
        "keys": found.read("keys", lambda: read_keys(reader), NO_ROWS),
        "users": found.read("users", lambda: read_users(reader), NO_ROWS),
        "changes": None,
        "changes_summary": "",
        "skipped": found.read("skipped", lambda: _skipped(reader, shipped(checks, "skipped_accounts")), NO_ACCOUNTS),
    }
    return values, found.read("events", lambda: count_events(reader), {})


def _heading(reader: Reader, caveats: Sequence[str]) -> Heading:
    facts = reader.facts
    return Heading(
        facts.run_id, facts.started_at, facts.organization_id, facts.status, facts.iamsql_version, list(caveats)
    )


def _of_controls(control_run: ControlRun, data: ControlData) -> dict[str, Any]:
    return {
        "families": data.families,
        "benchmarks": [(tree.name, tree.title) for tree, controls in control_run.chosen.trees if controls],
        "controls": data.controls,
        "findings": data.findings,
        "parameters": data.parameters,
    }


def _histograms(reader: Reader, found: _Sections) -> tuple[Histogram, Histogram]:
    empty = Histogram([]), Histogram([])
    return found.read("keys", lambda: (key_histograms(reader), ""), empty)


def _escalation(reader: Reader) -> tuple[tuple[list[EscalationPath], dict[str, int]], str]:
    paths, totals, note = read_escalation(reader)
    return (paths, totals), note


def _answer(reader: Reader, query: Query) -> tuple[Result, str]:
    """Return the rows of a shipped query with the default values of its parameters."""
    found = answer(reader, query, catalog.bind(query, {}))
    return found.result, "\n".join(found.notes)


def _skipped(reader: Reader, query: Query) -> tuple[list[SkippedAccount], str]:
    result, _ = _answer(reader, query)
    places = [result.columns.index(name) for name in SkippedAccount.__dataclass_fields__]
    return [SkippedAccount(*(row[place] or "" for place in places)) for row in result.rows], ""


def _detections(checks: CheckCatalog, settings: Config, run: Path, found: _Sections) -> tuple[Result, str]:
    """Return the findings of detections. The sentence on missing events stays, followed by the errors of detections."""
    findings, failures = read_detections(checks, settings, run)
    return findings, "\n".join(filter(None, (found.missing.get("events", ""), *failures)))
