"""Two runs of one organization compared: what is new, gone or changed, which findings opened or were resolved, since when.

What one of the runs does not cover is told as not compared, and is never new, gone, opened or resolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from iamsql import catalog
from iamsql.catalog.params import near
from iamsql.check import Library, library
from iamsql.check.selection import LEVELS, choose
from iamsql.diff.finding_age import Row, compared
from iamsql.diff.findings import Asker, of_controls, of_query
from iamsql.diff.report import CHANGES, FINDING, Counts, Filters, settle, take
from iamsql.diff.resource_type import Kind, kinds
from iamsql.diff.resources import paired
from iamsql.diff.runs import History, Run, history_of, read_run
from iamsql.model import IamsqlError, Result
from iamsql.query.run import find_query
from iamsql.runs.versions import is_newer, newer_note

__all__ = ["CHANGES", "Asked", "Counts", "Difference", "Filters", "askers", "diff", "kind_names"]


@dataclass(frozen=True)
class Asked:
    """Whose findings are compared: queries, and controls by name, tag or benchmark, with their values and key columns."""

    queries: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    args: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    query_dirs: tuple[str, ...] = ()
    config: Path | None = None
    mutes: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether any are."""
        return bool(self.queries or self.controls)


@dataclass(frozen=True)
class Difference:
    """What is told: rows, or those that the SQL over both runs gave; how many there are; what a reader has to know."""

    result: Result
    counts: Counts
    summary: str
    notes: list[str]


def kind_names() -> list[str]:
    """List the kinds of things, and `finding`."""
    return [*kinds(), FINDING]


def diff(
    old: Path, new: Path, *, runs_dir: Path, filters: Filters | None = None, asked: Asked | None = None, sql: str = ""
) -> Difference:
    """Compare two runs; with `asked` their findings, and things only where a kind is named.

    `sql` is asked with both runs as `old` and `new` and the rows as `diff`. Raise IamsqlError for runs of different
    organizations and for names that there are not.
    """
    filters, asked = filters or Filters(), asked or Asked()
    _hold(filters)
    before, after = read_run(old), read_run(new)
    if not before.is_of(after):
        raise IamsqlError(
            f"{before.facts.run_id} is of {_whose(before)} and {after.facts.run_id} of {_whose(after)}: they cannot be compared."
            "\nName two runs of the same organization: iamsql runs"
        )
    notes = _notes(before, after)
    findings = list(askers(asked, notes))  # what is wrong with them is told before anything is compared
    rows: list[Row] = []
    if findings:
        history = history_of(runs_dir, after, before)
        rows = [row for asker in findings for row in _findings(asker, history, before, after, notes)]
        notes += [f"Left out of the history: {'; '.join(history.left_out)}."] if history.left_out else []
    with paired(old, new, _chosen(filters, bool(asked)), sql) as pair:
        take(pair, rows)
        counts = settle(pair, filters)
        result = pair.ask(sql) if sql else pair.ask("from temp.main.diff")
        return Difference(result, counts, counts.line(bool(asked)), notes)


def askers(asked: Asked, notes: list[str]) -> Iterator[Asker]:
    """Give what asks each query, and the controls, of a run; raise IamsqlError for names and values that do not fit.

    A line is added to `notes` for what is from the working folder.
    """
    queries = [find_query(text, asked.query_dirs) for text in asked.queries]
    named = [query for query, text in zip(queries, asked.queries, strict=True) if catalog.is_name(text)]
    notes += catalog.query_notes(named, catalog.Settings())
    left = dict(asked.args)
    for query in queries:
        names = {param.name for param in query.params} & asked.args.keys()
        left = {name: value for name, value in left.items() if name not in names}
        yield of_query(query, catalog.bind(query, {name: asked.args[name] for name in names}), asked.key)
    if asked.controls:
        held = library(asked.query_dirs)
        if held.means_detections(asked.controls):
            raise IamsqlError(f"{asked.controls[0]} is a detection; compare its findings with --query.")
        settings = catalog.read_settings(asked.config, held.names)
        notes += controls_notes(held, asked, settings)
        yield of_controls(held, asked.controls, left, settings, asked.mutes)
    elif left:
        known = [param.name for query in queries for param in query.params]
        raise IamsqlError(f"none of the queries has a parameter {next(iter(left))!r}{near(next(iter(left)), known)}")


def controls_notes(held: Library, asked: Asked, settings: catalog.Settings) -> list[str]:
    """Return lines on what is from the working folder; raise IamsqlError where a broken file was to be among the controls."""
    for why in held.failures(asked.controls):
        raise IamsqlError(why)
    chosen = choose(held, asked.controls, severity=LEVELS[-1], args={}, settings=catalog.Settings())
    queries = [place.query for place in chosen.every]
    return [*held.notes(asked.controls), *catalog.query_notes(queries, settings, asked.args), *chosen.origin()]


def _findings(asker: Asker, history: History, old: Run, new: Run, notes: list[str]) -> Iterator[Row]:
    """Compare the findings of what one asker asks."""
    was, now = history.must_ask(asker, old.path), history.must_ask(asker, new.path)
    for name, seen in now.items():
        if seen.key:
            notes.append(f"{name}: a finding is told by {', '.join(seen.key)}.")
        if name in was:
            yield from compared(name, was[name], seen, partial(history.earlier, asker, new, name))


def _chosen(filters: Filters, findings: bool) -> list[Kind]:
    """Choose the kinds: those that are named, else all unless findings are asked for; accounts always, for what left with them."""
    every = kinds()
    names = set(filters.kinds) - {FINDING} if filters.kinds else set() if findings else set(every)
    return [kind for name, kind in every.items() if name in names or (names and name == "account")]


def _hold(filters: Filters) -> None:
    """Hold names of kinds and changes to those that there are."""
    for given, known, noun in ((filters.kinds, kind_names(), "kind"), (filters.changes, list(CHANGES), "change")):
        for one in given:
            if one not in known:
                raise IamsqlError(f"unknown {noun} {one!r}{near(one, known)} ({noun}s are {', '.join(known)})")


def _notes(old: Run, new: Run) -> list[str]:
    """Say what a reader has to know of the runs themselves."""
    said = []
    if old.started > new.started:
        said.append(
            f"OLD ({old.facts.run_id}) is later than NEW ({new.facts.run_id}): what is told as new was there before it was"
            " gone. To read forwards, name them the other way round."
        )
    if old.scope.limits != new.scope.limits:
        said.append(
            f"The runs have different scopes: {old.facts.run_id} ({old.scope.words()}) and {new.facts.run_id}"
            f" ({new.scope.words()}). What one of them did not read is not compared."
        )
    for run in (old, new):
        if run.facts.carried_from:
            said.append(
                f"{run.facts.run_id} holds what {run.facts.carried_from} had read of some accounts: what changed there between"
                " the two is not in it."
            )
        if is_newer(run.facts):
            said.append(newer_note(run.facts))
    return said


def _whose(run: Run) -> str:
    return run.facts.organization_id or f"account {min(run.accounts, default='(none)')}"
