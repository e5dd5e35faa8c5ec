"""Read the sections of the page from one open run. A section that cannot be read is empty, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from iamsql import catalog
from iamsql.check.controls import ControlRun
from iamsql.check.selection import CheckCatalog
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.execute import answer
from iamsql.report.account_map import RunAccount, accounts_of_run, count_outcomes, map_rows
from iamsql.report.contents import Contents, Day, EscalationPath, Events, Heading, Histogram, SkippedAccount
from iamsql.report.controls import ControlData, count_results, left_out_sentence, read_controls
from iamsql.report.escalation import materialize_escalation, read_escalation
from iamsql.report.events import NO_FINDINGS, count_events
from iamsql.report.inventory import key_histograms, read_keys, read_users, store_audit
from iamsql.report.numbers import Value, as_numbers, read_numbers
from iamsql.report.principals import read_principals
from iamsql.report.queries import shipped_query
from iamsql.report.urgent import urgent_controls
from iamsql.runs.coverage.caveats import past_state
from iamsql.runs.coverage.event_names import event_names_note
from iamsql.runs.store.reader import Reader
from iamsql.runs.store.run_schema import RUNNING

Section = TypeVar("Section")
# What `progress` is called with, in the order of the first calls; with controls, also the number of controls that were run.
SECTIONS = ("keys", "users", "risks", "skipped", "events", "escalation", "controls", "principals", "trend", "changes")
NO_ROWS = Result((), [])
NO_HISTOGRAMS = Histogram([]), Histogram([])
NO_PATHS: tuple[list[EscalationPath], dict[str, int] | None] = ([], None)
NO_ACCOUNTS: list[SkippedAccount] = []
NO_DAYS: list[Day] = []


@dataclass
class Sections:
    """The reasons why sections are empty (`missing`), and sentences about missing data of other sections (`incomplete`).

    `progress` is called with the name of each section that is read.
    """

    missing: dict[str, str] = field(default_factory=dict)
    incomplete: dict[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] = lambda name: None

    def read(
        self, name: str, read_section: Callable[[], tuple[Section, str]], empty: Section, *, about_runs: bool = False
    ) -> Section:
        """Return a section, or `empty` with the error as its reason if the section cannot be read.

        The notes of a section with rows are about missing data. The notes of an empty section state why it is empty. With
        `about_runs`, the notes of a section with rows state which runs it compares.
        """
        self.progress(name)
        try:
            section, note = read_section()
        except IamsqlError as error:
            self.add(name, str(error))
            return empty
        _add_note(self.missing if about_runs or _is_empty(section) else self.incomplete, name, note)
        return section

    def add(self, name: str, note: str) -> None:
        """Add sentences about a section, each on a line and once."""
        _add_note(self.missing, name, note)


def _is_empty(section: object) -> bool:
    """Return whether a section has no rows; the rows of a tuple are in its first part."""
    rows = section[0] if isinstance(section, tuple) else section
    return not (rows.rows if isinstance(rows, Result) else rows)


def _add_note(notes: dict[str, str], name: str, note: str) -> None:
    known_lines = notes.get(name, "").splitlines()
    if lines := [*known_lines, *(line for line in note.splitlines() if line not in known_lines)]:
        notes[name] = "\n".join(lines)


def count_controls(checks: CheckCatalog, control_run: ControlRun) -> dict[str, Value]:
    """Return the key numbers of an open run, without the other sections."""
    materialize_escalation(control_run.reader)
    return _read_numbers_of_run(checks, control_run, accounts_of_run(control_run.reader), count_results(control_run))


def read_sections(
    checks: CheckCatalog,
    names: Sequence[str],
    control_run: ControlRun,
    sections: Sections,
    compute_paths: Callable[[], Result] | None = None,
) -> tuple[Contents, dict[str, Value]]:
    """Return the contents of an open run, and its key numbers. Other files add trend, detections and changes.

    `compute_paths` returns the escalation paths, as `materialize_escalation` takes it.
    """
    reader = control_run.reader
    # First the sections without escalation paths, which another thread computes.
    fields = _read_other_sections(reader, checks, sections)
    sections.progress("escalation")
    materialize_escalation(reader, compute_paths)
    paths, totals = sections.read("escalation", lambda: read_escalation(reader, checks), NO_PATHS)
    data = read_controls(control_run, sections.progress)
    accounts = accounts_of_run(reader)
    numbers = _read_numbers_of_run(checks, control_run, accounts, data)
    sections.add("findings", left_out_sentence(data, names))
    contents = Contents(
        heading=_build_heading(reader, [*checks.notes(names), *checks.failures(names), *control_run.notes()]),
        outcomes=count_outcomes(accounts),
        numbers=as_numbers(numbers),
        families=data.families,
        account_map=map_rows(accounts, data.by_account, data.families),
        escalation=paths,
        escalation_total=totals,
        benchmarks=[(tree.name, tree.title) for tree, controls in control_run.selection.trees if controls],
        controls=data.controls,
        findings=data.findings,
        changes=None,
        changes_summary="",
        parameters=data.parameters,
        urgent=urgent_controls(data.controls, data.findings, data.parameters),
        **fields,
    )
    principals = sections.read("principals", lambda: read_principals(reader, checks, contents), NO_ROWS)
    return replace(contents, principals=principals), numbers


def _read_other_sections(reader: Reader, checks: CheckCatalog, sections: Sections) -> dict[str, Any]:
    """Return the fields of the contents that depend neither on controls nor on escalation paths."""
    with suppress(IamsqlError):  # the sections that read the table report the error
        store_audit(reader, shipped_query(checks, "audit_report"))
    key_age, key_use = sections.read("keys", lambda: (key_histograms(reader), ""), NO_HISTOGRAMS)
    risks, skipped = shipped_query(checks, "top_risks"), shipped_query(checks, "skipped_accounts")
    return {
        "key_age": key_age,
        "key_use": key_use,
        "keys": sections.read("keys", lambda: read_keys(reader), NO_ROWS),
        "users": sections.read("users", lambda: read_users(reader), NO_ROWS),
        "risks": sections.read("risks", lambda: _run_shipped_query(reader, risks), NO_ROWS),
        "skipped": sections.read("skipped", lambda: _read_skipped_accounts(reader, skipped), NO_ACCOUNTS),
        "events": _read_events(reader, checks, sections),
    }


def _read_numbers_of_run(
    checks: CheckCatalog, control_run: ControlRun, accounts: Sequence[RunAccount], data: ControlData
) -> dict[str, Value]:
    reader = control_run.reader
    is_listed = not control_run.coverage.organization and reader.metadata.status != RUNNING
    return read_numbers(reader, accounts, shipped_query(checks, "root_keys"), data, is_listed)


def _read_events(reader: Reader, checks: CheckCatalog, sections: Sections) -> Events:
    days = sections.read("events", lambda: count_events(reader, checks), NO_DAYS)
    return Events(days, NO_FINDINGS, names_only=event_names_note(reader) if days else "")


def _build_heading(reader: Reader, caveats: Sequence[str]) -> Heading:
    metadata = reader.metadata
    run_fields = (
        metadata.run_id,
        metadata.started_at,
        metadata.organization_id,
        metadata.status,
        metadata.iamsql_version,
    )
    _, base_run, changes = past_state(metadata) or ("", "", 0)
    return Heading(*run_fields, list(caveats), base_run=base_run, changes=changes)


def _run_shipped_query(reader: Reader, query: Query) -> tuple[Result, str]:
    """Return the rows of a shipped query with the default values of its parameters."""
    result = answer(reader, query, catalog.bind(query, {}))
    return result.result, "\n".join(result.caveats)


def _read_skipped_accounts(reader: Reader, query: Query) -> tuple[list[SkippedAccount], str]:
    result, _ = _run_shipped_query(reader, query)
    indexes = [result.columns.index(name) for name in SkippedAccount.__dataclass_fields__]
    return [SkippedAccount(*(row[index] or "" for index in indexes)) for row in result.rows], ""
