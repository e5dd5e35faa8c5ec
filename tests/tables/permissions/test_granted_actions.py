"""Which granted actions are blocked: the same as the evaluation of each action, over random policies of all types."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.conftest import reading
from tests.tables.permissions.policy_builders import allow, deny, when
from tests.tables.permissions.random_policies import control_policies, principals
from tests.tables.permissions.use_runs import ACCOUNT, boundary, daily, make_use_run, organization, policy_arn, user

FULL = {"Version": "2012-10-17", "Statement": [allow()]}
# The blocked actions and what was not read by iam_granted_actions(), next to the verdict of each action.
COMPARED = """
with found as materialized (select g.* from iam_granted_actions($principal) as g),
granted as materialized (
    select p.principal_arn, a.action, a.denied_by, p.unread
    from found as p inner join found as a on a.kind = 'action' and a.group_id = p.group_id where p.kind = 'principal'),
verdicts as (
    select e.* from iam_evaluation(
        (select list(iam_subject_question(g.principal_arn, g.action, 'any', iam_no_context())) from granted as g),
        (select list(iam_subject(d.principal_arn)) from (select distinct g.principal_arn from granted as g) as d), true, null) as e)
select g.principal_arn, g.action, g.denied_by, case when e.verdict = 'denied' then e.reasons end,
    len(g.unread) > 0, e.verdict = 'unknown'
from granted as g left join verdicts as e on e.principal = g.principal_arn and e.action = g.action
"""


def compared(path: Path, principal: str = "") -> list[tuple[Any, ...]]:
    """Return the actions of the principals with both results."""
    with reading(path) as con:
        return con.execute(COMPARED, {"principal": principal}).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_an_action_is_blocked_exactly_if_its_evaluation_says_so(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    identities, control = principals(random), control_policies(random)
    path = make_use_run(tmp_path / "run.duckdb", identities.pop("users"), daily(), **identities, **control)
    rows = compared(path)
    assert len(rows) > 20 and [row for row in rows if (row[2] is None) != (row[3] is None)] == []
    assert all(set(row[2] or ()) <= set(row[3] or ()) for row in rows)
    assert [row for row in rows if row[5] and not row[4]] == []
    # A principal without an unknown verdict has no unread policies. Without an organization there are no SCPs.
    assert {row[0] for row in rows if row[4]} == {row[0] for row in rows if row[5] or not control}
    arn = f"arn:aws:iam::{ACCOUNT}:user/user0"
    assert sorted(compared(path, arn)) == sorted(row for row in rows if row[0] == arn)


ALLOWED = {"Version": "2012-10-17", "Statement": [allow(["s3:*", "lambda:*", "iam:CreateUser"])]}
DENIES = {
    "Version": "2012-10-17",
    "Statement": [
        deny("lambda:ListFunctions"),
        {"Effect": "Deny", "Action": "s3:*", "NotResource": "*"},  # no resource
        deny("s3:PutObject", "arn:aws:s3:::acme-*"),
        deny("s3:GetBucketPolicy", **when("IpAddress", "aws:SourceIp", "192.0.2.0/24")),
    ],
}
SCP = {"Version": "2012-10-17", "Statement": [allow(), deny("s3:DeleteObject")]}


def blocked(path: Path, name: str) -> dict[str, list[str]]:
    """Return the blocked actions of a user with their reasons."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    with reading(path) as con:
        rows = con.execute(
            f"select name, denied_by from iam_permission_use('{arn}', 0) where state = 'denied'"
        ).fetchall()
    return dict(rows)


@pytest.mark.slow
def test_denies_boundaries_and_service_control_policies_block_actions(tmp_path: Path) -> None:
    users = (
        user("plain", ALLOWED),
        user("denied", ALLOWED, DENIES),
        user("bounded", ALLOWED, permissions_boundary_arn=policy_arn("some")),
        user("unread", ALLOWED, permissions_boundary_arn=policy_arn("lost")),
    )
    some = boundary("some", {"Version": "2012-10-17", "Statement": [allow(["s3:*", "lambda:*"])]})
    policies = organization(("sr", "full", FULL), ("su", "guard", SCP), ("sa", "own", FULL))
    path = make_use_run(tmp_path / "run.duckdb", users, daily(), aws_iam_policy=[some], **policies)
    by_scp = {"s3:DeleteObject": ["explicit_deny_scp"]}
    assert blocked(path, "plain") == by_scp
    assert blocked(path, "denied") == by_scp | {"lambda:ListFunctions": ["explicit_deny_identity"]}
    assert blocked(path, "bounded") == by_scp | {"iam:CreateUser": ["boundary_not_allowed"]}
    assert blocked(path, "unread") == by_scp
    with reading(path) as con:
        counts = con.execute(
            "select principal_arn, sum(actions)::bigint, sum(denied)::bigint, any_value(unread) "
            "from iam_service_use('', 0) group by all order by all"
        ).fetchall()
    assert [(arn.rpartition("/")[2], *row) for arn, *row in counts] == [
        ("bounded", 11, 2, []),
        ("denied", 11, 2, []),
        ("plain", 12, 1, []),
        ("unread", 12, 1, ["boundary lost"]),
    ]


@pytest.mark.slow
def test_a_service_control_policy_that_was_not_read_blocks_nothing_and_is_named(tmp_path: Path) -> None:
    policies = organization(("sr", "full", FULL), ("su", "guard", None), ("sa", "own", FULL))
    path = make_use_run(tmp_path / "run.duckdb", (user("plain", ALLOWED),), daily(), **policies)
    assert blocked(path, "plain") == {}
    with reading(path) as con:
        [(unread,)] = con.execute("select distinct unread from iam_permission_use('', 0)").fetchall()
    assert unread == ["SCP guard at Unit"]
