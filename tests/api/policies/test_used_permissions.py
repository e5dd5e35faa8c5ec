"""The narrowed policy of a principal: by ARN or name, with what was kept and removed, and refused without the events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import iamsql
from iamsql.api.policies.used_permissions import NarrowedPolicy, narrowed_policy
from iamsql.model import IamsqlError
from tests.tables.permissions.policy_builders import allow, deny
from tests.tables.permissions.use_runs import ACCOUNT, call, coverage, daily, identity, make_use_run, user
from tests.tiers import slow_but_every

HOSTILE = '<script>alert("1")</script>\x1b[31m=cmd'
S3 = {
    "Version": "2012-10-17",
    "Statement": [allow(["s3:*", "unknown:Action"], "arn:aws:s3:::a*"), deny("s3:DeleteObject")],
}
PASS = {"Version": "2012-10-17", "Statement": allow(["iam:PassRole", "iam:CreateUser", "lambda:*"])}
USERS = (
    user("ana", S3, PASS),
    user("bo", {"Version": "2012-10-17", "Statement": [allow("cloudwatch:*")]}),
    user("cy"),
    user("dan", {"Version": "2012-10-17", "Statement": [allow("s3:*")]}, arn=f"arn:aws:iam::{ACCOUNT}:user/one/dan"),
    user("dan", {"Version": "2012-10-17", "Statement": [allow("s3:*")]}, arn=f"arn:aws:iam::{ACCOUNT}:user/two/dan"),
    user("unread", attached_policy_arns=["arn:aws:iam::aws:policy/NotThere"]),
    user(HOSTILE, S3),
)
EVENTS = (
    *daily(),
    call("s3", "GetObject", identity("ana")),
    call("iam", "CreateUser", identity("ana"), errorCode="AccessDenied"),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> iamsql.Run:
    """Return an open run."""
    path = make_use_run(tmp_path_factory.mktemp("policies") / "run.duckdb", USERS, EVENTS)
    return iamsql.open(path)


@pytest.fixture(scope="module")
def ana(run: iamsql.Run) -> NarrowedPolicy:
    """Return the policy of ana."""
    return narrowed_policy(run, "ana")


@pytest.mark.slow
def test_used_and_unseen_actions_are_kept_with_their_resources(ana: NarrowedPolicy) -> None:
    assert ana.documents == [
        {
            "Version": "2012-10-17",
            "Statement": [
                deny("s3:DeleteObject"),
                allow(["unknown:Action", "s3:GetObject", "s3:GetObjectVersion"], "arn:aws:s3:::a*"),
                allow(["iam:PassRole", "lambda:InvokeFunction"]),
            ],
        }
    ]
    assert (ana.principal, ana.unknown) == (f"arn:aws:iam::{ACCOUNT}:user/ana", ("unknown:Action",))
    assert ana.policies == ("inline policy p1", "inline policy p2") and ana.gaps == ()
    assert {
        "s3:PutObject",
        "iam:CreateUser",
        "lambda:ListFunctions",
    } <= ana.removed and "iam:PassRole" not in ana.removed


@pytest.mark.slow
def test_a_principal_by_its_arn_and_only_its_used_services(run: iamsql.Run) -> None:
    narrowed = narrowed_policy(run, f"arn:aws:iam::{ACCOUNT}:user/ana", used_services=True)
    assert narrowed.documents[0]["Statement"][-1] == allow(["iam:PassRole"])


@pytest.mark.parametrize(
    ("principal", "message"),
    slow_but_every(
        3,
        [
            ("anna", "is not a user or role of this run; did you mean"),
            (
                "dan",
                f"'dan' is the name of 2 users and roles: arn:aws:iam::{ACCOUNT}:user/one/dan, arn:aws:iam::{ACCOUNT}:user/two/dan",
            ),
            ("bo", "used none of the 2 actions that its policies grant, from 2026-03-01 00:00 to 2026-03-04 00:00 UTC"),
            ("cy", "has no identity-based policies"),
            ("unread", "Not read: policy arn:aws:iam::aws:policy/NotThere"),
            ("\x1b[31m", r"'\x1b[31m' is not a user or role"),
        ],
    ),
)
def test_no_policy_is_invented(run: iamsql.Run, principal: str, message: str) -> None:
    with pytest.raises(IamsqlError) as raised:
        narrowed_policy(run, principal)
    assert message in str(raised.value) and str(raised.value).count("\n") <= 1


@pytest.mark.slow
def test_a_hostile_name_is_found(run: iamsql.Run) -> None:
    narrowed = narrowed_policy(run, HOSTILE)
    assert narrowed.principal.endswith(HOSTILE)
    assert narrowed.documents[0]["Statement"][-1]["Action"] == ["unknown:Action", "s3:GetObjectVersion"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"read": ()}, f"The events of account {ACCOUNT} were not read"),
        ({"read": (coverage(error_code="no_objects"),)}, f"The events of account {ACCOUNT} were not read"),
        ({"actions": {}}, "does not have the list of IAM actions"),
    ],
)
def test_missing_data_is_an_error(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    path = make_use_run(tmp_path / "run.duckdb", USERS, EVENTS, **changed)
    with iamsql.open(path) as opened, pytest.raises(IamsqlError, match=message) as raised:
        narrowed_policy(opened, "ana")
    assert "--for unused_permissions" in str(raised.value)


@pytest.mark.slow
def test_with_gaps_nothing_is_removed_for_lack_of_events(tmp_path: Path) -> None:
    path = make_use_run(tmp_path / "run.duckdb", USERS, EVENTS[1:])
    with iamsql.open(path) as opened:
        narrowed = narrowed_policy(opened, "ana")
    assert narrowed.gaps == ("1 day without log files, 2026-03-01",) and not narrowed.removed
    assert [statement["Action"] for statement in narrowed.documents[0]["Statement"]][1:] == [
        ["s3:*", "unknown:Action"],
        ["iam:PassRole", "iam:CreateUser", "lambda:*"],
    ]
