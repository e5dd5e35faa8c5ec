"""Write the results of benchmarks as a Powerpipe mod: HCL for the tree of controls, and a DuckDB file with their results.

The controls of the mod select the results that iamsql computed, instead of computing them again: a control of iamsql returns
`error` for data that the run did not read, which depends on the coverage of the run and not on SQL alone. The blocks and the
columns of controls follow Powerpipe's reference (powerpipe.io/docs/powerpipe-hcl); Powerpipe itself was never run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from iamsql.catalog.benchmarks import Benchmark, Section
from iamsql.check.controls import COLUMNS, ControlRun, run_controls
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import ControlRef, load_catalog
from iamsql.model import Result
from iamsql.query.export import staging_folder
from iamsql.render.cells import pluralize
from iamsql.render.hcl import Block, Expression, escape_interpolations, write_blocks
from iamsql.runs.store.table_file import write_table_file

MOD_FILE, DATABASE_FILE, RESULTS_TABLE = "mod.pp", "results.duckdb", "results"
MOD_NAME, DEFAULT_BENCHMARK = "iamsql_results", "iamsql"
RESULT_COLUMNS = ("resource", "status", "reason", "account_id", "account_name", "region")
MUTED, SKIP, ERROR = "muted", "skip", "error"
SEVERITIES = ("none", "low", "medium", "high", "critical")  # of Powerpipe
CONTROL_SQL = "select {columns} from {table} where control_number = {number} order by row_number"


@dataclass
class _BlockNames:
    """The names of the blocks of a mod, without duplicates."""

    used_names: set[str] = field(default_factory=set)

    def name(self, *parts: str) -> str:
        base = re.sub(r"[^a-z0-9]+", "_", "_".join(filter(None, parts)).lower()).strip("_") or "benchmark"
        base = base if base[0].isalpha() else f"b_{base}"
        number, free_name = 1, base
        while free_name in self.used_names:
            number += 1
            free_name = f"{base}_{number}"
        self.used_names.add(free_name)
        return free_name


@dataclass(frozen=True)
class _NumberedControl:
    """A control with its number in the table of results."""

    number: int
    control: ControlRef


@dataclass(frozen=True)
class ModResult:
    """The sentences for the user, and the errors of controls that failed."""

    lines: Sequence[str]
    failures: Sequence[str]


def export_mod(
    folder: Path, names: Sequence[str], query_dirs: Sequence[str], config: Path | None, evaluation: Evaluation
) -> ModResult:
    """Write a mod into a new or empty folder, with mode 0700. `config` replaces ./iamsql.toml.

    Raise IamsqlError, and leave no files, if the folder cannot be written.
    """
    names = tuple(names) or (DEFAULT_BENCHMARK,)
    checks = load_catalog(query_dirs)
    evaluation = replace(evaluation, settings=checks.read_config(config))
    with run_controls(checks, names, evaluation) as control_run, staging_folder(folder) as stage:
        result = _result_rows(control_run)
        write_table_file(stage / DATABASE_FILE, RESULTS_TABLE, result)
        (stage / MOD_FILE).write_text(write_blocks(list(_mod_blocks(control_run))), encoding="utf-8")
        controls = pluralize(sum(len(controls) for _, controls in control_run.selection.trees), "control")
        line = f"Wrote {controls} with {pluralize(len(result.rows), 'result')} to {folder}: {MOD_FILE} and {DATABASE_FILE}."
        notes = [*checks.notes(names), *control_run.notes()]
        failures = [*control_run.failures.values(), *checks.failures(names)]
    return ModResult([*notes, line], failures)


def _result_rows(control_run: ControlRun) -> Result:
    """Return the results of all controls with Powerpipe's statuses; a control that failed is one result of the status error."""
    rows: list[tuple[Any, ...]] = []
    indexes = [COLUMNS.index(name) for name in RESULT_COLUMNS]
    for number, results in enumerate(control_run.run()):
        if results.failure:
            rows.append((number, len(rows), results.control.query.name, ERROR, results.failure, None, None, None))
        for row in results.rows():
            resource, status, reason, *others = (row[index] for index in indexes)
            if status == MUTED:
                status, reason = SKIP, f"Muted: {reason or ''}"
            rows.append((number, len(rows), resource or others[0] or "", status, reason or "", *others))
    columns = ("control_number", "row_number", *RESULT_COLUMNS)
    return Result(columns, rows, ("INTEGER", "INTEGER", *("VARCHAR",) * len(RESULT_COLUMNS)))


def _mod_blocks(control_run: ControlRun) -> Iterator[Block]:
    metadata, names = control_run.reader.metadata, _BlockNames()
    notes = " ".join(control_run.notes())
    about = f"Results of iamsql over run {metadata.run_id}. {notes}".strip()
    attributes = {
        "title": "iamsql",
        "description": escape_interpolations(about),
        "database": f"duckdb:./{DATABASE_FILE}",
    }
    yield Block("mod", [MOD_NAME], attributes)
    numbers = iter(range(10**9))
    for tree, controls in control_run.selection.trees:
        numbered = [_NumberedControl(next(numbers), control) for control in controls]
        yield from _benchmark_blocks(tree, numbered, names)


def _benchmark_blocks(tree: Benchmark, controls: Sequence[_NumberedControl], names: _BlockNames) -> Iterator[Block]:
    """Yield the blocks of a benchmark: itself, its sections and its controls."""
    yield from _level_blocks(names.name(tree.name or "controls"), tree.title, tree.about, controls, 0, names)


def _level_blocks(
    name: str, title: str, about: str, controls: Sequence[_NumberedControl], depth: int, names: _BlockNames
) -> Iterator[Block]:
    """Yield the block of a benchmark or section, and the blocks of its sections and controls, in the order of the controls."""
    groups: list[tuple[Section | None, list[_NumberedControl]]] = []
    for numbered in controls:
        sections = numbered.control.sections
        section = sections[depth] if len(sections) > depth else None
        section_members = next((members for other, members in groups if section is not None and other is section), None)
        if section_members is None:
            groups.append((section, [numbered]))
        else:
            section_members.append(numbered)
    children: list[Expression] = []
    blocks: list[Block] = []
    for section, members in groups:
        if section is None:
            child = names.name(name, members[0].control.id or members[0].control.query.name)
            children.append(Expression(f"control.{child}"))
            blocks.append(_control_block(child, members[0]))
        else:
            child = names.name(name, section.id or section.title)
            children.append(Expression(f"benchmark.{child}"))
            blocks += _level_blocks(child, section.label, section.about, members, depth + 1, names)
    attributes = {
        "title": escape_interpolations(title),
        "description": escape_interpolations(about),
        "children": children,
    }
    yield Block("benchmark", [name], {key: value for key, value in attributes.items() if value})
    yield from blocks


def _control_block(name: str, numbered: _NumberedControl) -> Block:
    control = numbered.control
    severity = {"severity": control.severity} if control.severity in SEVERITIES else {}
    title = f"{control.id} {control.title}".strip()
    tags = {"control": control.query.name, "version": str(control.query.version)}
    sql = CONTROL_SQL.format(columns=", ".join(RESULT_COLUMNS), table=RESULTS_TABLE, number=numbered.number)
    about = {
        "title": escape_interpolations(title),
        "description": escape_interpolations(" ".join(control.query.about.split())),
    }
    return Block("control", [name], {**about, **severity, "sql": sql, "tags": tags})
