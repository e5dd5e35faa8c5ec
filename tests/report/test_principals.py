"""The users and roles of the page: which ones it has, and the findings of detections that name them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from iamsql.check.detections import COLUMNS as FOUND
from iamsql.check.detections import TYPES as FOUND_TYPES
from iamsql.check.selection import load_catalog
from iamsql.model import Result
from iamsql.report import principals as principals_module
from iamsql.report.contents import Contents
from iamsql.report.principals import (
    COLUMNS,
    MAX_PRINCIPALS,
    MAX_SECTION_ROWS,
    TYPES,
    limit_principals,
    read_principals,
    with_detections,
)
from iamsql.runs.store.limited_connection import LimitedConnection
from iamsql.runs.store.reader import open_run

USER, ROLE = "arn:aws:iam::111122223333:user/team/ann", "arn:aws:iam::111122223333:role/deploy"


def finding(**values: Any) -> tuple[Any, ...]:
    """Return a finding of a detection."""
    return tuple(
        ({"severity": "high", "detection": "found", "account_id": "111122223333"} | values).get(name) for name in FOUND
    )


def principals(*rows: tuple[str, str]) -> Result:
    """Return rows of principals and sections."""
    return Result(
        COLUMNS, [(arn, arn.split(":")[4], "prod", section, "i", "v", "d", "s") for arn, section in rows], TYPES
    )


@pytest.mark.slow
def test_the_page_has_the_principals_of_paths_and_risks_first(demo_contents: Contents) -> None:
    listed_arns = list(dict.fromkeys(row[0] for row in demo_contents.principals.rows))
    steps = {arn for path in demo_contents.escalation for step in path.steps for arn in (step.source, step.target)}
    paths = [arn for arn in steps if ":user/" in arn or ":role/" in arn]
    assert set(listed_arns[: len(paths)]) == set(paths)
    assert len(listed_arns) == MAX_PRINCIPALS
    assert (
        f"{MAX_PRINCIPALS} of 106 users and roles. The others: iamsql query principal_report"
        in demo_contents.incomplete["principals"]
    )


@pytest.mark.slow
def test_one_statement_reads_the_sections_of_all_principals(
    demo_run: Path, demo_contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, statements = LimitedConnection.execute, list[str]()
    monkeypatch.setattr(
        LimitedConnection,
        "execute",
        lambda self, sql, values=None: (statements.append(sql), execute(self, sql, values))[1],
    )
    monkeypatch.setattr(principals_module, "MIN_PRINCIPALS", 1)
    rows_by_number, statements_by_number = {}, {}
    for number in (1, 20):
        monkeypatch.setattr(principals_module, "MAX_PRINCIPALS", number)
        with closing(open_run(demo_run)) as reader:
            statements.clear()
            result, _ = read_principals(reader, load_catalog(()), demo_contents)
            statements_by_number[number] = [sql for sql in statements if "principal_permissions" in sql]
        rows_by_number[number] = result.rows
    assert len({row[0] for row in rows_by_number[20]}) == 20
    assert len(statements_by_number[1]) == len(statements_by_number[20]) == 1
    assert rows_by_number[1] == [row for row in rows_by_number[20] if row[0] == rows_by_number[1][0][0]]


def test_a_large_organization_has_fewer_principals_on_the_page() -> None:
    assert [limit_principals(number) for number in (0, 106, 5_000, 32_000, 160_000, 10**7)] == [
        100,
        100,
        100,
        15,
        5,
        5,
    ]


@pytest.mark.slow
def test_a_section_has_few_rows_and_counts_the_others(demo_contents: Contents) -> None:
    indexes = [COLUMNS.index(name) for name in ("section", "item")]
    for arn in {row[0] for row in demo_contents.principals.rows}:
        section_items = [
            tuple(row[column_index] for column_index in indexes)
            for row in demo_contents.principals.rows
            if row[0] == arn
        ]
        sections = [section for section, _ in section_items]
        assert max(map(sections.count, sections)) <= MAX_SECTION_ROWS
    assert any(str(row[indexes[1]]).endswith(" more") for row in demo_contents.principals.rows)


def test_a_finding_stands_with_its_caller_its_target_and_the_role_of_a_session() -> None:
    findings = [
        finding(actor=USER, target="bucket"),
        finding(actor="arn:aws:sts::111122223333:assumed-role/deploy/session", target="ann"),
        finding(actor="arn:aws:sts::999999999999:assumed-role/deploy/session", target="x"),
        finding(account_id="999999999999", target="ann"),
    ]
    rows = with_detections(
        principals((USER, "principal"), (ROLE, "principal")), Result(FOUND, findings, FOUND_TYPES)
    ).rows
    assert [(row[0], row[3], row[6]) for row in rows] == [
        (USER, "finding", f"high; {USER}; bucket"),
        (USER, "finding", "high; arn:aws:sts::111122223333:assumed-role/deploy/session; ann"),
        (USER, "principal", "d"),
        (ROLE, "finding", "high; arn:aws:sts::111122223333:assumed-role/deploy/session; ann"),
        (ROLE, "principal", "d"),
    ]


def test_more_findings_than_rows_are_counted() -> None:
    findings = Result(FOUND, [finding(actor=USER)] * 30, FOUND_TYPES)
    rows = with_detections(principals((USER, "principal")), findings).rows
    assert len(rows) == MAX_SECTION_ROWS + 1 and rows[MAX_SECTION_ROWS - 1][4] == f"{30 - MAX_SECTION_ROWS + 1} more"
