"""The sections of principal_report for the users and roles that the page names.

The page has at most MAX_PRINCIPALS principals, and at most MAX_SECTION_ROWS rows of each section, so it stays small in a large
organization. The principals of escalation paths, risk scores and alarms come first. The time grows with the product of the
listed principals and all principals, so a large organization has a lower limit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from iamsql.check.selection import LEVELS, CheckCatalog
from iamsql.model import Result
from iamsql.query.execute import answer
from iamsql.report.contents import Contents
from iamsql.report.queries import PRINCIPAL_QUERY, PRINCIPAL_SECTIONS_SQL, PRINCIPALS_SQL, query_variant, shipped_query
from iamsql.runs.store.reader import Reader

MAX_PRINCIPALS, MIN_PRINCIPALS, MAX_SECTION_ROWS = 100, 5, 12
MAX_PRINCIPAL_PAIRS = 500_000  # of a listed principal and any principal of the organization: ten to twenty seconds
COLUMNS = ("principal", "account_id", "account_name", "section", "item", "value", "detail", "source")
TYPES = ("VARCHAR",) * len(COLUMNS)
SESSION_ARN_PATTERN = re.compile(r"arn:[^:]+:sts::(\d*):assumed-role/([^/]+)/")
FINDING_SECTION = "finding"


@dataclass(frozen=True)
class Principals:
    """The ARNs of all users and roles of a run, by account, type (user or role) and name."""

    arns: Mapping[tuple[str, str, str], str]

    def of(self, account_id: str, principal_type: str, name: str) -> str:
        """Return an ARN; '' if the run has no such user or role."""
        return self.arns.get((account_id, principal_type, name), "")


def read_principals(reader: Reader, checks: CheckCatalog, contents: Contents) -> tuple[Result, str]:
    """Return the rows of the sections (COLUMNS) by principal, and sentences about missing data.

    Raise IamsqlError if the run did not collect users and roles.
    """
    principals = Principals(
        {(account, principal_type, name): arn for account, principal_type, name, arn in reader.run(PRINCIPALS_SQL).rows}
    )
    selected_arns = list(dict.fromkeys(_principals_by_importance(contents, principals)))[
        : limit_principals(len(principals.arns))
    ]
    result = answer(
        reader,
        replace(query_variant(checks, PRINCIPAL_QUERY, PRINCIPAL_SECTIONS_SQL), params=()),
        {"arns": selected_arns},
    )
    position = {arn: number for number, arn in enumerate(selected_arns)}
    rows = sorted(result.result.rows, key=lambda row: position[row[0]])
    notes = list(result.caveats)
    if len(principals.arns) > len(selected_arns):
        command = f"iamsql query {shipped_query(checks, PRINCIPAL_QUERY).name} --arg principal=ARN"
        notes.append(f"{len(selected_arns)} of {len(principals.arns)} users and roles. The others: {command}")
    return Result(COLUMNS, list(_limit_rows(rows)), TYPES), "\n".join(notes)


def limit_principals(principals: int) -> int:
    """Return how many principals the page has, of an organization with this number."""
    return max(MIN_PRINCIPALS, min(MAX_PRINCIPALS, MAX_PRINCIPAL_PAIRS // max(principals, 1)))


def _principals_by_importance(contents: Contents, principals: Principals) -> Iterator[str]:
    """Yield the principals that the page names, the most important first, and then all others."""
    all_arns = set(principals.arns.values())
    for path in contents.escalation:
        yield from (arn for step in path.steps for arn in (step.source, step.target) if arn in all_arns)
    for row in _rows_as_mappings(contents.risks):
        yield from filter(None, [principals.of(row["account_id"], row["kind"], row["name"])])
    alarms = [
        row for row in _rows_as_mappings(contents.findings) if row["status"] == "alarm" and row["resource"] in all_arns
    ]
    yield from (row["resource"] for row in sorted(alarms, key=lambda row: _severity_rank(row["severity"])))
    users = sorted(_rows_as_mappings(contents.users), key=lambda row: -(row["risk_score"] or 0))
    yield from filter(None, (principals.of(row["account_id"], "user", row["user_name"]) for row in users))
    yield from principals.arns.values()


def _severity_rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _rows_as_mappings(result: Result) -> Iterator[dict[str, Any]]:
    return (dict(zip(result.columns, row, strict=True)) for row in result.rows)


def _limit_rows(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield at most MAX_SECTION_ROWS rows of each section of a principal, with a row that counts the others."""
    section_index = COLUMNS.index("section")
    totals = Counter((row[0], row[section_index]) for row in rows)
    row_counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        key = row[0], row[section_index]
        row_counts[key] += 1
        if row_counts[key] < MAX_SECTION_ROWS or totals[key] == MAX_SECTION_ROWS:
            yield row
        elif row_counts[key] == MAX_SECTION_ROWS:
            omitted_count = totals[key] - MAX_SECTION_ROWS + 1
            yield (*row[: section_index + 1], f"{omitted_count} more", None, None, PRINCIPAL_QUERY)


def with_detections(principals: Result, findings: Result) -> Result:
    """Return the rows with the findings of detections that have the principal as caller or target."""
    if not principals.rows:
        return principals
    rows_by_arn = {arn: list(group) for arn, group in groupby(principals.rows, itemgetter(0))}
    first_rows = {arn: group[0] for arn, group in rows_by_arn.items()}
    names = {(row[1], arn.split(":")[5].rpartition("/")[2]): arn for arn, row in first_rows.items()}
    rows_of_findings: dict[str, list[tuple[Any, ...]]] = {arn: [] for arn in first_rows}
    for finding in _rows_as_mappings(findings):
        for arn in dict.fromkeys(filter(None, _principals_in_finding(finding, first_rows, names))):
            time = f"{finding['event_time']:%Y-%m-%d %H:%M:%S}" if finding["event_time"] else None
            detail = "; ".join(
                filter(None, (finding["severity"], finding["actor"], finding["target"], finding["detail"]))
            )
            rows_of_findings[arn].append(
                (*first_rows[arn][:3], FINDING_SECTION, finding["detection"], time, detail, finding["detection"])
            )
    rows: list[tuple[Any, ...]] = []
    for arn in first_rows:
        rows += _limit_rows(rows_of_findings[arn])
        rows += rows_by_arn[arn]
    return Result(COLUMNS, rows, TYPES)


def _principals_in_finding(
    finding: Mapping[str, Any], arns: Mapping[str, Any], names: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    """Yield the principals that a finding names: an ARN, a session of a role, or the name of a user or role of the account."""
    for text in (finding["actor"] or "", finding["target"] or ""):
        session = SESSION_ARN_PATTERN.match(text)
        yield text if text in arns else ""
        yield names.get((session[1], session[2]), "") if session else names.get((finding["account_id"], text), "")
