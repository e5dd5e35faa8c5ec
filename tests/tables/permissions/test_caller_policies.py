"""Every answer about who a policy lets in agrees on the side of its callers: reports, controls, detections and `can`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import reading
from tests.tables.permissions import resource_estates
from tests.tables.permissions.caller_policies import (
    ACCOUNT,
    CASES,
    EVERYONE,
    NOBODY,
    ORG,
    OTHER_ROLE,
    OUTSIDER,
    OWN_ROLE,
    UNKNOWN,
    Case,
)
from tests.tables.permissions.policy_builders import HOME, MEMBER, ORGANIZATION, OTHER, account, allow, role, trust
from tests.tables.permissions.resource_estates import resource

ASSUME, SEND = "sts:AssumeRole", "sqs:SendMessage"
QUEUE, ROLE = f"arn:aws:sqs:us-east-1:{MEMBER}:", f"arn:aws:iam::{MEMBER}:role/"
OUTSIDE = (UNKNOWN, OUTSIDER, EVERYONE)
STATUSES = {EVERYONE: "alarm", OUTSIDER: "alarm", UNKNOWN: "error"}
# Conditions that no request from outside fulfils, whose statement counts as one for everyone: the side is an upper bound.
NEVER_HOLD = (
    "no-values", "operator-NumericEquals", "operator-Bool", "operator-IpAddress", "resource-account-if-exists",
    "principalorgid-9-allowed", "principalorgid-9-not-denied",
)  # fmt: skip
# Where `can` says conditional for everyone, because it compares no unique IDs of other principals, no key with itself, and does not
# know which accounts a service may work for.
CONDITIONAL = (
    *(f"userid-{number}-{kind}" for number in (0, 1, 2) for kind in ("allowed", "not-denied")),
    "all-values-of-a-key-that-is-there", "if-exists-of-a-key-that-is-there", "source-account-of-ours",
)  # fmt: skip
# What the run says of OTHER and FOREIGN, and of organizations, where it read neither the accounts nor the organization.
UNREAD = {ORG: UNKNOWN, OUTSIDER: UNKNOWN}


def statement_document(case: Case, action: str, resources: str = "") -> dict[str, Any]:
    """Return the policy of a case."""
    statements = case.statements(action)
    return {
        "Version": "2012-10-17",
        "Statement": [item | ({"Resource": resources} if resources else {}) for item in statements],
    }


def _run(folder: Path, accounts: tuple[str, ...], without: tuple[str, ...] = ()) -> Path:
    inside = trust({"Service": "ec2.amazonaws.com"})
    roles = [role(MEMBER, case.name, case.statements(ASSUME), [allow()]) for case in CASES]
    roles.append(role(MEMBER, "own", inside) | {"RoleId": OWN_ROLE})
    others = [role(OTHER, "other", inside) | {"RoleId": OTHER_ROLE}]
    details = {HOME: account(), MEMBER: account(RoleDetailList=roles), OTHER: account(RoleDetailList=others)}
    organization = {
        "organization": ORGANIZATION, "scps": [], "rcps": [], "accounts": {name: details[name] for name in accounts},
    }  # fmt: skip
    queues = [
        resource(f"{QUEUE}{case.name}", "sqs_queue", MEMBER, statement_document(case, SEND, f"{QUEUE}{case.name}"))
        for case in CASES
    ]
    return resource_estates.run_with_resources(organization, queues, folder, without)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _run(tmp_path_factory.mktemp("callers"), (HOME, MEMBER, OTHER))


@pytest.fixture(scope="module")
def unread_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _run(tmp_path_factory.mktemp("unread"), (MEMBER,), ("*.json",))


def rows(run: Path, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
    """Return rows of a run."""
    with reading(run) as con:
        return con.execute(sql, values).fetchall()


def differences(actual: dict[str, Any], expected: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what differs, as (actual, expected) by case."""
    return {name: (actual.get(name), side) for name, side in expected.items() if actual.get(name) != side}


ORDER = [NOBODY, ACCOUNT, ORG, UNKNOWN, OUTSIDER, EVERYONE]


def widest(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return the widest side of each policy."""
    sides: dict[str, str] = {}
    for name, side in pairs:
        sides[name] = max(side, sides.get(name, NOBODY), key=ORDER.index)
    return sides


def expected_sides(run_has_organization: bool = True) -> dict[str, str]:
    """Return the side of each case."""
    if run_has_organization:
        return {case.name: case.side for case in CASES}
    return {case.name: UNREAD.get(case.side, case.side) for case in CASES}


def test_the_side_of_each_trust_policy(run: Path) -> None:
    sides = rows(run, "select role_name, side from trust_edges() where effect = 'Allow' and role_name <> 'own'")
    assert differences(widest(sides), expected_sides()) == {}


@pytest.mark.slow
def test_the_side_is_unknown_where_the_organization_was_not_read(unread_run: Path) -> None:
    sides = rows(unread_run, "select role_name, side from trust_edges() where effect = 'Allow' and role_name <> 'own'")
    assert differences(widest(sides), expected_sides(False)) == {}


def trusts_everyone(case: Case) -> bool:
    """Return whether a case has everyone as its principal."""
    principals = case.principal if isinstance(case.principal, str) else case.principal["AWS"]
    return case.not_principal is not None or "*" in principals


@pytest.mark.slow
@pytest.mark.parametrize("has_organization", [True, False])
def test_controls_of_roles(run: Path, unread_run: Path, has_organization: bool) -> None:
    path = run if has_organization else unread_run
    sides = expected_sides(has_organization)
    for control in (
        "trust_no_wildcard_principal",
        "trust_known_accounts",
        "role_no_admin_cross_account",
        "trust_external_id",
    ):
        status_by_role = dict(rows(path, f"select replace(resource, '{ROLE}', ''), status from {control}()"))
        about = [
            case for case in CASES
            if (control != "trust_no_wildcard_principal" or trusts_everyone(case))
            and (control != "trust_external_id" or case.name != "external-id")
        ]  # fmt: skip
        expected = {case.name: STATUSES.get(sides[case.name], "ok") for case in about}
        # a role that trusts its own account alone has no row in controls of other accounts
        statuses = {case.name: status_by_role.get(case.name, "ok") for case in about}
        assert differences(statuses, expected) == {}, control


@pytest.mark.slow
@pytest.mark.parametrize("has_organization", [True, False])
def test_reports_and_controls_of_resources(run: Path, unread_run: Path, has_organization: bool) -> None:
    path = run if has_organization else unread_run
    sides = expected_sides(has_organization)
    for start in (QUEUE, ROLE):
        external = rows(
            path,
            f"""select replace(resource, '{start}', ''), access, verdict from external_access()
            where starts_with(resource, '{start}')""",
        )
        access_by_name = {case.name: "" for case in CASES}
        for name, access, verdict in external:
            access_by_name[name] = max(access_by_name[name], "unknown" if verdict == "unknown" else access, key=len)
        places = {EVERYONE: {"public"}, OUTSIDER: {"external account", "other organization"}, UNKNOWN: {"unknown"}}
        wrong = {
            name: (access, sides[name])
            for name, access in access_by_name.items()
            if access not in places.get(sides[name], {""})
        }
        assert wrong == {}
    statuses = dict(rows(path, f"select replace(resource, '{QUEUE}', ''), status from queue_not_shared()"))
    assert differences(statuses, {case.name: STATUSES.get(sides[case.name], "ok") for case in CASES}) == {}
    public = dict(rows(path, f"select replace(resource, '{QUEUE}', ''), status from resource_policy_not_public()"))
    assert differences(public, {name: "alarm" if side == EVERYONE else "ok" for name, side in sides.items()}) == {}


@pytest.mark.slow
def test_external_trust_names_the_callers(run: Path) -> None:
    trusts = rows(run, "select role_name, callers, severity from external_trust()")
    sides: dict[str, str] = {}
    for name, callers, severity in trusts:
        outside = callers not in (NOBODY, ACCOUNT, ORG)
        side = callers if callers == EVERYONE or not outside else UNKNOWN if callers.startswith("id ") else OUTSIDER
        assert severity == ("critical" if side == EVERYONE else "high"), name  # all roles are administrators
        sides[name] = max(side, sides.get(name, NOBODY), key=ORDER.index)
    expected = {case.name: case.side for case in CASES if case.side in OUTSIDE}
    assert {name: side for name, side in sides.items() if side in OUTSIDE} == expected


DOCUMENTS = """
select list({'account_id': $account, 'event_id': d ->> '$.name', 'document': (d -> '$.document')::varchar})
from (select unnest($documents::json[]) as d)
"""


@pytest.mark.slow
@pytest.mark.parametrize("has_organization", [True, False])
def test_detections(run: Path, unread_run: Path, has_organization: bool) -> None:
    path, sides = run if has_organization else unread_run, expected_sides(has_organization)
    for is_trust in (False, True):
        parts = (ASSUME,) if is_trust else (SEND, "*")
        documents = [json.dumps({"name": case.name, "document": statement_document(case, *parts)}) for case in CASES]
        values = {"account": MEMBER, "documents": documents}
        pairs = rows(path, f"select event_id, side from document_callers(({DOCUMENTS}), {is_trust}, [])", values)
        assert differences(widest(pairs), sides) == {}
    opened = {name for (name,) in rows(path, f"select event_id from opened_trusts(({DOCUMENTS}), 7)", values)}
    assert opened == {name for name, side in sides.items() if side in OUTSIDE}


@pytest.mark.slow
def test_can_allows_nobody_whom_the_side_excludes(run: Path) -> None:
    names_sql = "(select unnest($names) as name) as n"
    questions = f"select list({{'action': $action, 'resource': concat($start, n.name)}}) from {names_sql}"
    resources = f"""
    select list(r.item) from iam_known_resources((select list(concat($start, n.name)) from {names_sql})) as r
    """
    for start, action in ((QUEUE, SEND), (ROLE, ASSUME)):
        values = {"names": [case.name for case in CASES], "start": start, "action": action}
        verdicts = rows(
            run,
            f"""select replace(e.resource, $start, ''), e.principal, e.verdict
            from iam_principal_evaluation(({questions}), null, false, false, ({resources})) as e
            where e.account_id is null or e.account_id not in ('{MEMBER}', '{OTHER}', '{HOME}')""",
            values,
        )
        reached = {name for name, _, verdict in verdicts if verdict != "denied"}
        expected = {case.name for case in CASES if case.side in OUTSIDE and case.name not in NEVER_HOLD}
        assert reached == expected | set(CONDITIONAL), start
        certain = {name for name, _, verdict in verdicts if verdict == "allowed"}
        assert certain <= expected, start
