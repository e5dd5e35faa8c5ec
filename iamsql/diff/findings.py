"""The findings of a query or control in one run, and the accounts for which the run has no answer.

A finding has a key that is the same in every run, so that the findings of two runs can be compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from iamsql.catalog import Config
from iamsql.catalog.params import did_you_mean
from iamsql.check import CheckCatalog, ControlRun, ResultFilter, run_controls
from iamsql.check.dependencies import organization_calls, tables_depended_on
from iamsql.coverage.by_account import EVERYWHERE, Accounts, accounts_of, missing_by_account
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.compat import open_compatible
from iamsql.query.session import answer
from iamsql.render import json_text
from iamsql.store.reader import Reader

# Not account_name: an account can be renamed while the finding stays the same.
NAMING = re.compile(r"(?!account_name$)(?:account_id|region|resource|arn|name|principal|.+_(?:arn|id|name))")
RESULT_COLUMNS = ("status", "resource", "reason", "account_id", "account_name", "region", "ident", "was", "muted")

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Finding:
    """A row of a query, or an alarm of a control; `value` is the complete row of a query as JSON."""

    account_id: str | None
    region: str | None
    name: str | None
    resource: str | None
    value: str | None = None
    reason: str | None = None


@dataclass
class FindingSet:
    """The findings of one query or control in one run, by key; `lacking` maps the accounts without an answer to the reason."""

    run_id: str
    started: datetime
    accounts: Accounts
    found: dict[Key, list[Finding]] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()

    def add(self, key: Key, finding: Finding) -> None:
        """Add a finding. Findings with the same key differ by their number only."""
        self.found.setdefault(key, []).append(finding)

    def reason_unknown(self, account_id: str) -> str:
        """Return why the run has no answer for an account; '' if it has one, or if the organization has no such account."""
        if reason := self.lacking.get(account_id) or self.lacking.get(EVERYWHERE):
            return reason
        known = self.accounts.all_listed or account_id in self.accounts.names
        return "" if known else "not listed, because the organization could not be read"


FindingSource = Callable[[Path], dict[str, FindingSet]]


def of_query(query: Query, values: Mapping[str, Any], key: Sequence[str] = ()) -> FindingSource:
    """Return the source of a query's findings; `key` are the columns that identify a finding."""

    def findings(path: Path) -> dict[str, FindingSet]:
        with closing(open_compatible(path, query.sql)) as reader:
            # A table that was not collected makes accounts not comparable, and is not an error here.
            result = answer(reader, query, values, allow_uncollected=True).result
            found = _finding_set(reader)
            found.lacking |= missing_by_account(reader, tables_depended_on(reader, query.sql), organization_calls())
            found.key = _key_of(query, result, key)
            for row in result.rows:
                _add(found, result, row)
            return {query.name: found}

    return findings


def of_controls(
    checks: CheckCatalog, names: Sequence[str], args: Mapping[str, str], settings: Config, mutes: tuple[Path, ...] = ()
) -> FindingSource:
    """Return the source of the findings of controls: their alarms, muted or not."""

    def findings(path: Path) -> dict[str, FindingSet]:
        with results_of(checks, names, args, ResultFilter(mutes=mutes), settings, path) as control_run:
            labels: dict[Any, str] = {}
            found: dict[str, FindingSet] = {}
            for results in control_run.run():
                if results.control.job not in labels:
                    labels[results.control.job] = name = _label(
                        results.control.query.name, results.control.values, found
                    )
                    found[name] = finding_set = _finding_set(control_run.reader)
                    if results.failure:
                        finding_set.lacking[EVERYWHERE] = results.failure.splitlines()[0]
                    for row in results.rows(RESULT_COLUMNS, ("alarm", "muted", "error", "skip")):
                        _add_result(finding_set, row)
            return found

    return findings


def results_of(
    checks: CheckCatalog,
    names: Sequence[str],
    args: Mapping[str, str],
    result_filter: ResultFilter,
    settings: Config,
    path: Path,
) -> AbstractContextManager[ControlRun]:
    """Open one run to run controls over it."""
    run = str(path.resolve())  # a path and no run ID, which could be the ID of a run in another folder
    return run_controls(
        checks, names, args=args, result_filter=result_filter, settings=settings, run=run, runs_dir=path.parent
    )


def _label(name: str, values: Mapping[str, Any], taken: Mapping[str, Any]) -> str:
    """Return the name of a control, with its parameter values if a benchmark lists the control twice with different values."""
    return f"{name} ({', '.join(f'{param}={value}' for param, value in values.items())})" if name in taken else name


def _finding_set(reader: Reader) -> FindingSet:
    facts, accounts = reader.facts, accounts_of(reader)
    if facts.started_at is None:
        raise IamsqlError(f"{reader.path} is not a run of iamsql.\nList the runs with: iamsql runs")
    return FindingSet(
        facts.run_id, facts.started_at, accounts, lacking=dict.fromkeys(sorted(accounts.unselected), "not selected")
    )


def _key_of(query: Query, result: Result, key: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that identify a finding: `key`, else the columns with names, IDs and ARNs, else all columns."""
    if unknown := [column for column in key if column not in result.columns]:
        close = did_you_mean(unknown[0], result.columns)
        raise IamsqlError(
            f"--key: {query.name} has no column {unknown[0]!r}{close} (it has {', '.join(result.columns)})"
        )
    return tuple(key) or tuple(filter(NAMING.fullmatch, result.columns)) or result.columns


def _add(findings: FindingSet, result: Result, row: Sequence[Any]) -> None:
    values = dict(zip(result.columns, row, strict=True))
    names = [column for column in findings.key if column not in ("account_id", "region")]
    resource = next(
        (column for column in names if column in ("resource", "arn", "principal") or column.endswith(("_arn", "_id"))),
        "",
    )
    name = next((column for column in names if column == "name" or column.endswith("_name")), resource)
    cells = ", ".join(
        f"{json_text(column)}: {json_text(value, kind)}"
        for column, value, kind in zip(result.columns, row, result.types or [""] * len(row), strict=True)
    )
    account, region, label, resource_id = (
        _text(values.get(column)) for column in ("account_id", "region", name, resource)
    )
    findings.add(
        tuple(_text(values[column]) for column in findings.key),
        Finding(account, region, label, resource_id, f"{{{cells}}}"),
    )


def _add_result(findings: FindingSet, row: Sequence[Any]) -> None:
    """Add a result: an alarm becomes a finding; an error means that the run has no answer for the account."""
    status, resource, reason, account_id, _, region, ident, unmuted, _ = row
    if status == "alarm" or (status == "muted" and unmuted == "alarm"):
        name = " ".join(filter(None, (str(resource).rpartition("/")[2], ident)))
        findings.add((account_id, region, resource, ident), Finding(account_id, region, name, resource, None, reason))
    elif "error" in (status, unmuted) or _not_evaluated(findings, account_id, resource):
        findings.lacking.setdefault(account_id, str(reason).rstrip("."))


def _not_evaluated(findings: FindingSet, account_id: str, resource: str) -> bool:
    """Return whether a result states that an account was not read completely."""
    return account_id not in findings.accounts.read and str(resource).endswith(f":::{account_id}")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
