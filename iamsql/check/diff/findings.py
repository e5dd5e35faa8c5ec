"""The findings of a query or control in one run, and the accounts without an answer in the run.

A finding has a key that is the same in every run, so the findings of two runs can be compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from iamsql.catalog.params import did_you_mean
from iamsql.check.dependencies import tables_depended_on
from iamsql.check.diff.request import OpenControls, ResolvedRequest
from iamsql.check.diff.runs import Run
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.compat import open_compatible
from iamsql.query.execute import answer
from iamsql.render.cells import json_text
from iamsql.runs.coverage.by_account import EVERYWHERE, Accounts, missing_by_account, read_accounts
from iamsql.runs.store.reader import Reader
from iamsql.tables.registry import organization_calls

# Not account_name: an account can be renamed while the finding stays the same.
NAMING_COLUMN_PATTERN = re.compile(
    r"(?!account_name$)(?:account_id|region|resource|arn|name|principal|.+_(?:arn|id|name))"
)
RESULT_COLUMNS = ("status", "resource", "reason", "account_id", "region", "ident", "was")

FindingKey = tuple[Any, ...]
FindingId = tuple[FindingKey, int]  # the key of a finding, and its number among the findings with this key


@dataclass(frozen=True)
class Finding:
    """A row of a query, or an alarm of a control.

    `value` is the complete row of a query as JSON; `subresource` distinguishes the alarms of a resource. `is_muted` is true for
    an alarm that a mute hides.
    """

    account_id: str | None
    region: str | None
    name: str | None
    resource: str | None
    value: str | None = None
    reason: str | None = None
    subresource: str | None = None
    is_muted: bool = False


@dataclass
class FindingSet:
    """The findings of one query or control in one run. `missing_accounts` maps each account without an answer to the reason."""

    started: datetime
    accounts: Accounts
    missing_accounts: dict[str, str]
    key: tuple[str, ...] = ()
    by_id: dict[FindingId, Finding] = field(default_factory=dict)
    _numbers: Counter[FindingKey] = field(default_factory=Counter)

    def add(self, key: FindingKey, finding: Finding) -> None:
        """Add a finding. Findings with the same key differ by their number only."""
        self.by_id[key, self._numbers[key]] = finding
        self._numbers[key] += 1

    def reason_unknown(self, account_id: str) -> str:
        """Return why the run has no answer for an account; '' if it has one, or if the organization has no such account."""
        if reason := self.missing_accounts.get(account_id) or self.missing_accounts.get(EVERYWHERE):
            return reason
        is_known = self.accounts.all_listed or account_id in self.accounts.names
        return "" if is_known else "not listed, because the organization could not be read"


FindingSource = Callable[[Run], dict[str, FindingSet]]  # the finding sets by query or control


def finding_sources(resolved: ResolvedRequest, key: Sequence[str]) -> list[FindingSource]:
    """Return a source of findings for each query, and one for all controls; `key` are the columns that identify a row."""
    queries: list[FindingSource] = [partial(_query_findings, query, values, key) for query, values in resolved.queries]
    return [*queries, *([partial(_control_findings, resolved.controls)] if resolved.controls else [])]


def _query_findings(query: Query, values: Mapping[str, Any], key: Sequence[str], run: Run) -> dict[str, FindingSet]:
    with closing(open_compatible(run.source, query.sql)) as reader:
        # A table that was not collected makes accounts not comparable, and is not an error here.
        result = answer(reader, query, values, allow_uncollected=True).result
        findings = empty_finding_set(run.started, reader)
        tables = tables_depended_on(reader, query.sql, query.resource_types)
        findings.missing_accounts |= missing_by_account(reader, tables, organization_calls())
        findings.key = _key_columns(query, result, key)
        for identity, finding in _findings_with_keys(result, findings.key):
            findings.add(identity, finding)
        return {query.name: findings}


def _control_findings(open_controls: OpenControls, run: Run) -> dict[str, FindingSet]:
    """Return the alarms of controls, muted or not."""
    with open_controls(run.source) as control_run:
        jobs = set()
        sets: dict[str, FindingSet] = {}
        for results in control_run.run():
            control = results.control
            if control.job in jobs:
                continue
            jobs.add(control.job)
            sets[_control_label(control.query.name, control.values, sets)] = findings = empty_finding_set(
                run.started, control_run.reader, results.failure
            )
            for row in results.rows(RESULT_COLUMNS, ("alarm", "muted", "error", "skip")):
                _add_result(findings, row)
        return sets


def _control_label(name: str, values: Mapping[str, Any], other_names: Mapping[str, Any]) -> str:
    """Return the name of a control, with its parameter values if a benchmark lists the control twice with different values."""
    return (
        f"{name} ({', '.join(f'{param}={value}' for param, value in values.items())})" if name in other_names else name
    )


def empty_finding_set(started: datetime, reader: Reader, failure: str = "") -> FindingSet:
    """Return a set without findings. After a failure of the control, the run has no answer for any account."""
    accounts = read_accounts(reader)
    missing_accounts = dict.fromkeys(sorted(accounts.unselected), "not selected")
    return FindingSet(started, accounts, missing_accounts | ({EVERYWHERE: failure.splitlines()[0]} if failure else {}))


def _key_columns(query: Query, result: Result, key: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that identify a finding: `key`, or the columns with names, IDs and ARNs, or all columns."""
    if unknown := [column for column in key if column not in result.columns]:
        close = did_you_mean(unknown[0], result.columns)
        raise IamsqlError(
            f"--key: {query.name} has no column {unknown[0]!r}{close} (it has {', '.join(result.columns)})"
        )
    return tuple(key) or tuple(filter(NAMING_COLUMN_PATTERN.fullmatch, result.columns)) or result.columns


def _findings_with_keys(result: Result, key: Sequence[str]) -> Iterator[tuple[FindingKey, Finding]]:
    """Yield the rows of a query as findings with their keys."""
    naming = [column for column in key if column not in ("account_id", "region")]
    ids = (
        column for column in naming if column in ("resource", "arn", "principal") or column.endswith(("_arn", "_id"))
    )
    resource = next(ids, "")
    name = next((column for column in naming if column == "name" or column.endswith("_name")), resource)
    columns = list(zip(result.columns, result.types or [""] * len(result.columns), strict=True))
    for row in result.rows:
        cells = zip(columns, row, strict=True)
        value = ", ".join(
            f"{json_text(column)}: {json_text(cell, column_type)}" for (column, column_type), cell in cells
        )
        text = {column: None if cell is None else str(cell) for column, cell in zip(result.columns, row, strict=True)}
        account, region, label, resource_id = map(text.get, ("account_id", "region", name, resource))
        yield tuple(text[column] for column in key), Finding(account, region, label, resource_id, f"{{{value}}}")


def _add_result(findings: FindingSet, row: Sequence[Any]) -> None:
    """Add a result: an alarm becomes a finding; an error means that the run has no answer for the account."""
    status, resource, reason, account_id, region, subresource, unmuted = row
    if status == "alarm" or (status == "muted" and unmuted == "alarm"):
        name = " ".join(filter(None, (str(resource).rpartition("/")[2], subresource)))
        findings.add((account_id, region, resource, subresource), _finding_of_alarm(row, name))
    else:
        add_unknown_account(findings, (status, unmuted), account_id, resource, reason)


def add_unknown_account(
    findings: FindingSet, statuses: Sequence[str | None], account_id: str, resource: str, reason: str
) -> None:
    """Add an account without an answer, if a result with these statuses, after and before its mute, indicates one."""
    if "error" in statuses or _not_evaluated(findings, account_id, resource):
        findings.missing_accounts.setdefault(account_id, str(reason).rstrip("."))


def _finding_of_alarm(row: Sequence[Any], name: str) -> Finding:
    status, resource, reason, account_id, region, subresource, _ = row
    return Finding(
        account_id, region, name, resource, reason=reason, subresource=subresource, is_muted=status == "muted"
    )


def _not_evaluated(findings: FindingSet, account_id: str, resource: str) -> bool:
    """Return whether a result states that an account was not read completely."""
    return account_id not in findings.accounts.read and str(resource).endswith(f":::{account_id}")
