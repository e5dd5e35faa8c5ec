"""The user or role that a text names, by the rows of a run."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.query.arguments import principals
from iamsql.query.arguments.principals import resolve_principals
from iamsql.query.arguments.problems import ArgumentError
from tests.query.arguments.lookups import lookup_of

ACCOUNT = "111122223333"
USER, ROLE, DEEP = (f"arn:aws:iam::{ACCOUNT}:{name}" for name in ("user/ana", "role/ana", "user/ci/ana"))
ALL = [("ana", "AIDA1", USER), ("ana", "AIDA2", DEEP), ("ana", "AROA1", ROLE)]
READ: dict[str, Any] = {"ACCOUNT_WAS_READ_SQL": [(True,)], "HAS_PRINCIPALS_SQL": [(1,)]}


def resolve(text: str, *, required_type: str = "", is_recorded: bool = False, **rows: Any) -> str:
    lookup = lookup_of(principals, **READ | rows)
    return resolve_principals(lookup, [text], required_type=required_type, is_recorded=is_recorded)[text]


def problem(text: str, **options: Any) -> ArgumentError:
    with pytest.raises(ArgumentError) as caught:
        resolve(text, **options)
    return caught.value


@pytest.mark.parametrize(
    ("text", "rows", "arn"),
    [
        ("ana", ALL[:1], USER),
        (" ana ", ALL[:1], USER),
        ("AROA1", [ALL[2]], ROLE),
        (USER, ALL, USER),
        ("role/ana", ALL, ROLE),
        ("user/ana", ALL, USER),
        ("user/ci/ana", ALL, DEEP),
    ],
)
def test_a_user_or_role_of_the_run(text: str, rows: list[Any], arn: str) -> None:
    assert resolve(text, CANDIDATES_SQL=rows) == arn


def test_the_name_of_several_is_a_problem_with_their_arns() -> None:
    error = problem("ana", CANDIDATES_SQL=ALL)
    assert (error.problem, error.step) == (f"is the name of 3 users and roles: {USER}, {DEEP}, {ROLE}", "Use an ARN.")
    assert resolve("ana", CANDIDATES_SQL=ALL, required_type="role") == ROLE
    assert problem("user/x/ana", CANDIDATES_SQL=ALL).problem == "is not a user of this run"


@pytest.mark.parametrize(
    "text",
    ["*", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:saml-provider/x", "lambda.amazonaws.com",
     f"arn:aws:sts::{ACCOUNT}:federated-user/x"],
)  # fmt: skip
def test_other_callers_stay_unless_a_user_or_role_is_asked_for(text: str) -> None:
    assert resolve(text) == text
    assert problem(text, required_type="role").problem.startswith("is not a role")


def test_a_caller_in_another_partition_than_its_account_is_a_problem() -> None:
    for text in (f"arn:aws-cn:iam::{ACCOUNT}:root", f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/ana/x"):
        assert problem(text, OTHER_PARTITION_SQL=[(1,)]).problem == "is not in the partition of its account"


def test_a_session_is_of_a_role_of_its_account() -> None:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/ana/x"
    assert resolve(session, CANDIDATES_SQL=ALL) == session
    assert resolve(session, ACCOUNT_WAS_READ_SQL=[(False,)]) == session
    assert problem(session, CANDIDATES_SQL=ALL[:2]).problem == "is not a role of this run"


def test_a_principal_of_an_account_that_was_not_read_stays() -> None:
    assert resolve(USER, ACCOUNT_WAS_READ_SQL=[(False,)]) == resolve(USER, ACCOUNT_WAS_READ_SQL=[]) == USER
    error = problem(USER, SIMILAR_PRINCIPALS_SQL=[(DEEP,)])
    assert (error.problem, error.near) == ("is not a user of this run", (DEEP,))


def test_principals_of_events_are_found_only_where_they_may_be() -> None:
    assert resolve("ana", is_recorded=True, RECORDED_PRINCIPALS_SQL=[(USER,)]) == USER
    assert problem("ana", RECORDED_PRINCIPALS_SQL=[(USER,)]).problem == "is not a user or role of this run"
    assert problem("ana", is_recorded=True, RECORDED_PRINCIPALS_SQL=[(USER,), (ROLE,)]).problem.startswith(
        "is the name of 2 users and"
    )
    assert resolve("role/ana", is_recorded=True, RECORDED_PRINCIPALS_SQL=[(USER,), (ROLE,)]) == ROLE
    assert resolve(USER, is_recorded=True, IS_TARGET_SQL=[(1,)]) == USER


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not an ARN, user/NAME"),
        (f"arn:aws:iam::{ACCOUNT}:group/admins", "is a group, which makes no requests"),
        ("arn:aws:s3:::bucket", "is not the ARN of a user or role"),
        ("x" * 100_000, "is not a user or role of this run"),
    ],
)
def test_another_text_is_a_problem(text: str, message: str) -> None:
    assert problem(text).problem.startswith(message)


def test_without_principals_in_the_run_an_arn_is_needed() -> None:
    error = problem("ana", HAS_PRINCIPALS_SQL=[])
    assert (error.problem, error.step) == ("cannot be resolved, because this run has no users and roles", "Use an ARN.")
