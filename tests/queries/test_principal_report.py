"""The sections of `principal_report`: what is not read differs from what does not exist, and each section has its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import query

LEDGER = "arn:aws:iam::555566667777:user/machines/ledger"
OPERATIONS = "arn:aws:iam::444455556666:role/operations"


def rows(run: Path, macro: str, *arns: str, further: str = "") -> list[tuple[Any, ...]]:
    """Return the rows of a macro for principals, without the source."""
    placeholders = ", ".join("?" for _ in arns)
    return query(
        run, f"select section, item, value, detail from {macro}([{placeholders}]{further}) order by place, item", *arns
    )


@pytest.mark.parametrize(
    ("arn", "state"),
    [
        (LEDGER, "user of this run"),
        (OPERATIONS, "role of this run"),
        ("arn:aws:iam::555566667777:user/nobody", "not in the account"),
        ("arn:aws:iam::555566667777:role/nobody", "not in the account"),
        ("arn:aws:iam::999900001111:user/anyone", "unknown: the users of the account were not read"),
        ("arn:aws:iam::999900001111:role/anyone", "unknown: the roles of the account were not read"),
        ("arn:aws:iam::987654321098:user/anyone", "unknown: the run does not have the account"),
        ("arn:aws:iam::555566667777:root", "not the ARN of an IAM user or role"),
        ("ledger", "not the ARN of an IAM user or role"),
    ],
)
def test_a_missing_principal_is_told_from_an_account_that_was_not_read(demo_run: Path, arn: str, state: str) -> None:
    [(value,)] = query(demo_run, "select value from principal_identity([?]) where item = 'state'", arn)
    assert value == state


def test_the_unread_calls_of_the_account_are_rows(demo_run: Path) -> None:
    report_rows = rows(demo_run, "principal_unknowns", "arn:aws:iam::999900001111:user/anyone")
    assert ("sts:AssumeRole", "denied AccessDenied") in [row[1:3] for row in report_rows]
    [(calls,)] = [(row[3],) for row in report_rows if row[1:3] == ("calls", "not_requested AssumeRole")]
    assert "iam:GetAccountAuthorizationDetails" in calls and "cloudtrail:LookupEvents" in calls
    [absent] = [
        row for row in rows(demo_run, "principal_unknowns", "arn:aws:iam::987654321098:user/x") if row[1] == "account"
    ]
    assert absent[2] == "not in this run"


def test_a_user_has_its_keys_groups_and_policies(demo_run: Path) -> None:
    identity = rows(demo_run, "principal_identity", "arn:aws:iam::555566667777:user/bruno")
    sections = {section: [row[1:3] for row in identity if row[0] == section] for section, *_ in identity}
    assert ("admins", "arn:aws:iam::555566667777:group/admins") in sections["group"]
    assert ("AdministratorAccess", "group attached") in sections["policy"]
    assert dict(sections["sign-in"])["console password"] == "set"


def test_a_role_has_the_statements_of_its_trust_policy(demo_run: Path) -> None:
    statements = [row[1:3] for row in rows(demo_run, "principal_identity", OPERATIONS) if row[0] == "sign-in"]
    assert ("trust policy: Allow organization", "arn:aws:iam::111122223333:root (acme-management)") in statements


def test_events_are_counted_by_action_and_address_with_the_changes_of_others(demo_run: Path) -> None:
    activity = rows(demo_run, "principal_activity", LEDGER)
    [events] = [row for row in activity if row[1] == "events"]
    counts = query(demo_run, "select count(*) from aws_cloudtrail_event where actor_arn = ?", LEDGER)
    assert events[2] == str(counts[0][0]) and "1 failed" in events[3]
    assert len([row for row in activity if row[0] == "activity"]) == 11
    assert ("iam:CreateAccessKey", "2") in [row[1:3] for row in activity if row[0] == "action"]
    assert [row[1] for row in activity if row[0] == "address"] == ["198.18.21.9"]
    changed = [
        row
        for row in rows(demo_run, "principal_activity", "arn:aws:iam::555566667777:user/svc-backup")
        if row[0] == "change"
    ]
    assert len(changed) == 10 and f"by {LEDGER} from 198.18.21.9" in [row[3] for row in changed]


@pytest.mark.slow
def test_principals_are_evaluated_together_as_alone(demo_run: Path) -> None:
    arns = ("arn:aws:iam::666677778888:user/ci/deploy", OPERATIONS)
    together = query(demo_run, "select * exclude place from principal_permissions([?, ?], false) order by all", *arns)
    alone = [
        row
        for arn in arns
        for row in query(demo_run, "select * exclude place from principal_permissions([?], false)", arn)
    ]
    assert together == sorted(alone, key=lambda row: tuple(str(value) for value in row))
    assert {row[1] for row in together} == {"permission", "access to others", "access to it"}


@pytest.mark.slow
def test_verdicts_match_the_queries_that_the_section_names(demo_run: Path) -> None:
    for role in (OPERATIONS, "arn:aws:iam::555566667777:role/open-to-the-organization"):
        report_rows = query(
            demo_run,
            "select item, value from principal_permissions([?], true) where section = 'access to it' "
            "and source = 'who_can' order by all",
            role,
        )
        assert report_rows == query(
            demo_run, "select principal, verdict from who_can_assume(role := ?) order by all", role
        )
    every = [arn for (arn,) in query(demo_run, "select principal_arn from aws_iam_principal")]
    verdicts = dict(query(demo_run, "select principal, verdict from iam_admins()"))
    report_rows = query(
        demo_run,
        "select principal, value from principal_permissions("
        "(select list(principal_arn) from aws_iam_principal), false) where item = 'administrator'",
    )
    assert dict(report_rows) == {arn: verdicts.get(arn, "no") for arn in every}
