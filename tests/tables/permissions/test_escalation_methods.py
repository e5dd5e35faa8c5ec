"""Each method of privilege escalation, and each published path, gives a row in the smallest account where it works."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from iamsql.tables.compiler.facts import DATA, read_facts
from tests.conftest import query
from tests.tables.permissions.escalation.case import Case, joined, renamed
from tests.tables.permissions.escalation.method_estates import (
    ACTOR,
    OTHER_ACCOUNTS,
    Method,
    accounts,
    actor_arn,
    case,
    methods,
)
from tests.tables.permissions.policy_builders import HOME, MEMBER, Document, imported

METHODS = methods()
PUBLISHED = read_facts(DATA / "iam_published_escalation_paths.csv").records()
BY_PATH = {path: method for method in METHODS for path in method.paths}
Verdicts = dict[str, dict[str, str]]  # by principal or path, and method

# A conditional path states what it depends on.
VERDICTS = """
select
    principal, method,
    concat(verdict, case when verdict = 'conditional' and conditions is null then ', without what it depends on' end)
from escalation_paths()
"""
pytestmark = pytest.mark.slow


def twins(method: Method) -> list[tuple[str, tuple[str, ...]]]:
    """Return a principal with all actions of a method, and for each of several actions one that lacks it, with their names."""
    actions = method.actions
    others = [(f"without-{n}", actions[:n] + actions[n + 1 :]) for n in range(len(actions)) if len(actions) > 1]
    return [(ACTOR, actions), *others]


def with_members(estates: Sequence[dict[str, Document]]) -> dict[str, Document]:
    """Return the first estate with the users of the others."""
    first = estates[0][MEMBER]
    added = [user for other in estates[1:] for user in other[MEMBER]["UserDetailList"] if user["UserName"] != "boss"]
    return estates[0] | {MEMBER: first | {"UserDetailList": first["UserDetailList"] + added}}


def methods_case(method: Method) -> Case:
    """Return the account of a method with the principal that has all its actions and those that lack one."""
    return case(method.name, with_members([accounts(method, actions, name) for name, actions in twins(method)]))


def published_case(path: dict[str, str]) -> Case:
    """Return the accounts of a published path: its permissions, and the target of the method that covers it."""
    if path["path"] in OTHER_ACCOUNTS:
        return case(path["path"], OTHER_ACCOUNTS[path["path"]])
    return case(path["path"], accounts(BY_PATH[path["path"]], path["actions[]"].split()))


def answers(cases: Sequence[tuple[Case, Method]], folder: Path) -> Verdicts:
    """Return the verdict of each row of escalation_paths. The ARN of a principal has the number of its case.

    Users of methods that need an administration account are in the management account, with the number as a suffix.
    """
    organization = joined([item for item, _ in cases])
    for number, (item, method) in enumerate(cases):
        if method.needs_administration_account:
            users = renamed(item.accounts, number)
            home = organization["accounts"][HOME]
            (details,) = users.values()
            home["UserDetailList"] += [moved(user, number) for user in details["UserDetailList"]]
            del organization["accounts"][account_of(number)]["UserDetailList"][:]
    verdicts: Verdicts = {}
    run = imported(organization, folder)
    for principal, name, verdict in query(run, VERDICTS):
        verdicts.setdefault(principal, {})[name] = verdict
    return verdicts


def account_of(number: int) -> str:
    """Return the account ID of a case."""
    return str(renamed(MEMBER, number))


def moved(user: Document, number: int) -> Document:
    """Return a user of a case as a user of the management account, with the number of the case in its name."""
    name = f"{user['UserName']}-{number}"
    return user | {"UserName": name, "UserId": f"{user['UserId']}X{number}", "Arn": f"arn:aws:iam::{HOME}:user/{name}"}


def arn(method: Method, number: int, name: str = ACTOR) -> str:
    """Return the ARN of a principal of a case."""
    if method.needs_administration_account:
        return f"arn:aws:iam::{HOME}:user/{name}-{number}"
    return str(renamed(actor_arn(method, name), number))


@pytest.fixture(scope="module")
def method_verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    return answers([(methods_case(method), method) for method in METHODS], tmp_path_factory.mktemp("methods"))


@pytest.fixture(scope="module")
def path_verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    covered = [path for path in PUBLISHED if path["path"] in BY_PATH]
    cases = [(published_case(path), BY_PATH[path["path"]]) for path in covered]
    verdicts = answers(cases, tmp_path_factory.mktemp("paths"))
    return {
        path["path"]: verdicts.get(arn(method, number), {})
        for number, (path, (_, method)) in enumerate(zip(covered, cases, strict=True))
    }


@pytest.mark.parametrize(("number", "method"), list(enumerate(METHODS)), ids=[method.name for method in METHODS])
def test_a_method_needs_each_of_its_actions(method_verdicts: Verdicts, number: int, method: Method) -> None:
    expected = {name: name == ACTOR for name, _ in twins(method)}
    assert {name: method.name in method_verdicts.get(arn(method, number, name), {}) for name in expected} == expected


def test_a_method_is_conditional_where_iam_data_does_not_show_its_target(method_verdicts: Verdicts) -> None:
    verdicts = {method: method_verdicts[arn(method, number)][method.name] for number, method in enumerate(METHODS)}
    open_methods = {"set_default_policy_version", "update_saml_provider", "cognito_pool_roles"}
    expected = {
        method: "conditional"
        if method.kind == "take" or method.needs_administration_account or method.name in open_methods
        else "certain"
        for method in METHODS
    }
    assert verdicts == expected


@pytest.mark.parametrize("path", PUBLISHED, ids=[path["path"] for path in PUBLISHED])
def test_a_published_path_has_the_row_of_its_method_unless_a_difference_is_stated(
    path_verdicts: Verdicts, path: dict[str, str]
) -> None:
    method = BY_PATH.get(path["path"])
    assert bool(method and method.name in path_verdicts[path["path"]]) is not bool(path["difference"])
