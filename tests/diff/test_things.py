"""What is new, gone and changed, kind by kind, to the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.diff import DiffResult
from iamsql.model import IamsqlError
from tests.diff.pairs import (
    GREEN,
    MANAGEMENT,
    NETWORK,
    PAYMENTS,
    SHARED,
    TOOLS,
    WEB,
    Row,
    compare,
    copy,
    doubled,
    pair,
    told,
)

HUGO = f"account_id = '{WEB}' and name = 'hugo'"
INTERN = f"account_id = '{PAYMENTS}' and name = 'intern-2024'"
ROOM = f"account_id = '{WEB}' and name = 'inventory'"
POLICY = '{"Statement":[{"Action":["s3:getobject"],"Effect":"Allow","Resource":["*"]}],"Version":"2012-10-17"}'
SPELT = '{"Version":"2012-10-17","Statement":[{"Action":["s3:getobject"],"Effect":"Allow","Resource":["*"]}]}'
GITHUB = f"arn:aws:iam::{WEB}:oidc-provider/token.actions.githubusercontent.com"

# kind → what is changed, and the rows: change, account, name, column, old and new value.
CASES: dict[str, tuple[tuple[str, ...], list[Row]]] = {
    "user": (
        (
            doubled("aws_iam_user", INTERN, name="'eve'", arn=f"'arn:aws:iam::{PAYMENTS}:user/eve'", user_id="'AIDAEVE'"),
            f"delete from aws_iam_user where {INTERN}",
            f"update aws_iam_user set user_id = 'AIDAAGAIN' where account_id = '{WEB}' and name = 'irene'",
            f"update aws_iam_user set mfa_enabled = not mfa_enabled where account_id = '{WEB}' and name = 'seo-tool'",
        ),
        [
            ("new", PAYMENTS, "eve", None, None, "AIDAEVE"),
            ("changed", WEB, "irene", "user_id", None, "AIDAAGAIN"),
            ("changed", WEB, "seo-tool", "mfa_enabled", "false", "true"),
            ("gone", PAYMENTS, "intern-2024", None, None, None),
        ],
    ),
    "group": (
        (f"update aws_iam_group set group_id = 'AGPAAGAIN' where account_id = '{WEB}' and name = 'developers'",),
        [("changed", WEB, "developers", "group_id", None, "AGPAAGAIN")],
    ),
    "membership": (
        (
            f"update aws_iam_user set groups = '[{{\"GroupName\":\"admins\"}}]' where {HUGO}",
        ),
        [("new", WEB, "hugo", None, None, "admins"), ("gone", WEB, "hugo", None, "developers", None)],
    ),
    "role": (
        (f"update aws_iam_role set tags_src = '[{{\"Key\":\"owner\",\"Value\":\"web\"}}]' where {ROOM}",),
        [("changed", WEB, "inventory", "tags", "owner=platform", "owner=web")],
    ),
    "trust_policy": (
        (f"update aws_iam_role set assume_role_policy_std = '{POLICY}' where {ROOM}",),
        [("changed", WEB, "inventory", "document", None, POLICY)],
    ),
    "policy": (
        (
            f"update aws_iam_policy set policy_std = '{POLICY}', default_version_id = 'v9'"
            f" where account_id = '{WEB}' and name = 'placeholder'",
            f"delete from aws_iam_policy where account_id = '{WEB}' and name = 'any-role'",
        ),
        [
            ("changed", WEB, "placeholder", "default_version_id", "v1", "v9"),
            ("changed", WEB, "placeholder", "document", None, POLICY),
            ("gone", WEB, "any-role", None, None, None),
        ],
    ),
    "aws_policy": (
        (f"update aws_iam_policy set policy_std = '{POLICY}' where arn = 'arn:aws:iam::aws:policy/SecurityAudit'",),
        [("changed", None, "SecurityAudit", "document", None, POLICY)],
    ),
    "inline_policy": (
        (
            f"update aws_iam_user set inline_policies_std = '[{{\"PolicyName\":\"mine\",\"PolicyDocument\":{POLICY}}}]'"
            f" where {HUGO}",
        ),
        [("new", WEB, "hugo", None, None, "mine")],
    ),
    "attachment": (
        (f"update aws_iam_role set attached_policy_arns = '[\"arn:aws:iam::aws:policy/AdministratorAccess\"]' where {ROOM}",),
        [
            ("new", WEB, "inventory", None, None, "arn:aws:iam::aws:policy/AdministratorAccess"),
            ("gone", WEB, "inventory", None, "arn:aws:iam::aws:policy/ReadOnlyAccess", None),
        ],
    ),
    "boundary": (
        (f"update aws_iam_user set permissions_boundary_arn = null where account_id = '{PAYMENTS}' and name = 'checkout'",),
        [("gone", PAYMENTS, "checkout", None, f"arn:aws:iam::{PAYMENTS}:policy/boundaries/limits", None)],
    ),
    "mfa_device": (
        (
            f"delete from aws_iam_virtual_mfa_device where account_id = '{TOOLS}' and serial_number like '%/spare-0'",
            "update aws_iam_virtual_mfa_device set assignment_status = 'Assigned', user_name = 'siem'"
            f" where account_id = '{TOOLS}' and serial_number like '%/spare-1'",
        ),
        [
            ("changed", TOOLS, "siem", "assignment_status", "Unassigned", "Assigned"),
            ("changed", TOOLS, "siem", "user_name", None, "siem"),
            ("gone", TOOLS, None, None, "Unassigned", None),
        ],
    ),
    "password_policy": (
        (
            f"update aws_iam_account_password_policy set minimum_password_length = 8 where account_id = '{WEB}'",
            f"delete from aws_iam_account_password_policy where account_id = '{PAYMENTS}'",
        ),
        [
            ("changed", WEB, "password policy", "minimum_password_length", "14", "8"),
            ("gone", PAYMENTS, "password policy", None, None, None),
        ],
    ),
    "root": (
        (
            "update aws_iam_account_summary set account_mfa_enabled = false, account_access_keys_present = 2"
            f" where account_id = '{WEB}'",
            "update aws_iam_credential_report set password_last_used = as_of()"
            f" where account_id in ('{WEB}', '{MANAGEMENT}') and user_name = '<root_account>'",
        ),
        [
            ("newly_used", MANAGEMENT, "<root_account>", "password_last_used", "2025-12-17T08:02:32Z", "2026-03-03T12:00:00Z"),
            ("newly_used", WEB, "<root_account>", "password_last_used", "never", "2026-03-03T12:00:00Z"),
            ("changed", WEB, "<root_account>", "access_keys", "1", "2"),
            ("changed", WEB, "<root_account>", "mfa_enabled", "true", "false"),
        ],
    ),
    "account": (
        (
            f"update iamsql.accounts set state = 'SUSPENDED', ou_path = 'Suspended' where account_id = '{GREEN}'",
            f"update iamsql.accounts set name = 'web' where account_id = '{WEB}'",
        ),
        [
            ("changed", WEB, "web", "account_name", "web-prod", "web"),
            ("changed", GREEN, "greenfield", "state", "ACTIVE", "SUSPENDED"),
            ("changed", GREEN, "greenfield", "unit", "Workloads/Prod", "Suspended"),
        ],
    ),
    "organization_policy": (
        (
            f"update aws_organizations_policy set content = '{POLICY}' where name = 'regions'",
            "delete from aws_organizations_policy where name = 'no-longer-used'",
        ),
        [
            ("changed", MANAGEMENT, "regions", "document", None, SPELT),
            ("gone", MANAGEMENT, "no-longer-used", None, "SERVICE_CONTROL_POLICY", None),
        ],
    ),
    "organization_policy_target": (
        (f"delete from aws_organizations_policy_target where name = 'keep-the-trail' and target_id = '{NETWORK}'",),
        [("gone", MANAGEMENT, "keep-the-trail", None, f"{NETWORK} (network)", None)],
    ),
    "saml_provider": (
        ("update aws_iam_saml_provider set saml_metadata_document = '<new/>' where name = 'okta'",),
        [("changed", SHARED, "okta", "metadata", None, "<new/>")],
    ),
    "oidc_provider": (
        (f"update aws_iam_open_id_connect_provider set client_id_list = '[\"b\", \"a\"]' where arn = '{GITHUB}'",),
        [
            ("changed", WEB, "token.actions.githubusercontent.com", "audiences",
             "https://git.example.com/=1+1, sts.amazonaws.com", "a, b"),
        ],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def changed(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give two runs between which everything of CASES changed."""
    changes = [change for listed, _ in CASES.values() for change in listed]
    return pair(demo_run, tmp_path_factory.mktemp("pair"), changes)


@pytest.fixture(scope="module")
def differing(changed: tuple[Path, Path]) -> DiffResult:
    """Compare them."""
    return compare(*changed, *CASES)


@pytest.mark.parametrize("kind", CASES)
def test_a_kind_is_told_to_the_row(kind: str, differing: DiffResult) -> None:
    wanted = CASES[kind][1]
    every = told(differing, "kind", "change", "account_id", "name", "column_name", "old_value", "new_value")
    rows = [row[1:] for row in every if row[0] == kind]
    assert [(*row[:4], row[4] if want[4] else None, row[5]) for row, want in zip(rows, wanted, strict=True)] == wanted
    for change, _, name, column, old, _ in rows:  # what was there is told, in words that a case leaves out
        assert old or change == "new" or name == "password policy" or column == "user_name"


def test_what_has_come_is_what_had_gone_the_other_way_round(changed: tuple[Path, Path], differing: DiffResult) -> None:
    columns = ("change", "kind", "account_id", "resource", "column_name", "old_value", "new_value")
    turned = {"new": "gone", "gone": "new", "changed": "changed"}
    there = [row for row in told(differing, *columns) if row[0] in turned]
    back = [row for row in told(compare(*reversed(changed), *CASES), *columns) if row[0] in turned]
    mirrored = [(turned[row[0]], *row[1:5], row[6], row[5]) for row in there]
    assert sorted(mirrored, key=str) == sorted(back, key=str)
    assert {row[0] for row in there} == set(turned) and len(there) > len(CASES)


def test_a_run_does_not_differ_from_itself_nor_from_one_like_it(demo_run: Path, tmp_path: Path) -> None:
    old, new = pair(demo_run, tmp_path, [])
    for one, other in ((old, old), (old, new)):
        found = compare(one, other)
        assert not found.result.rows
        assert found.summary == "No change; 5 accounts not read in full in either run."


def test_what_was_written_otherwise_and_means_the_same_is_no_change(demo_run: Path, tmp_path: Path) -> None:
    turned = (
        'update raw.iam_get_account_authorization_details_roles set item = replace(item::varchar, \'"Effect":"Allow"\','
        ' \'"Effect": "Allow"\')::json'
    )
    other = "update iamsql.run set schema_fingerprint = 'another'"
    old, new = pair(demo_run, tmp_path, [turned, other], [other])
    assert not compare(old, new, "trust_policy", "role", "inline_policy").result.rows


KEYS = "aws_iam_access_key"
DEPLOY, PURGE = "AKIAAB4GC4CAZF4B5HNX", "AKIA4BWV7NVGPFCC4K4C"
MADE = doubled(
    KEYS,
    f"access_key_id = '{DEPLOY}'",
    access_key_id="'AKIANEW'",
    create_date="as_of()",
    access_key_last_used_date="null",
)


@pytest.mark.parametrize(
    ("went", "why"),
    [
        (f"delete from {KEYS} where access_key_id = '{DEPLOY}'", "the old key is gone"),
        (f"update {KEYS} set status = 'Inactive' where access_key_id = '{DEPLOY}'", "the old key is inactive"),
    ],
)
def test_a_key_that_takes_anothers_place_is_one_row(went: str, why: str, demo_run: Path, tmp_path: Path) -> None:
    found = compare(*pair(demo_run, tmp_path, [MADE, went]), "access_key")
    assert told(found, "change", "name", "resource", "old_value", "new_value", "reason") == [
        ("rotated", "deploy", "AKIANEW", DEPLOY, "AKIANEW", why)
    ]


def test_a_second_key_beside_the_first_is_new(demo_run: Path, tmp_path: Path) -> None:
    found = compare(*pair(demo_run, tmp_path, [MADE]), "access_key")
    assert told(found, "change", "name", "resource") == [("new", "deploy", "AKIANEW")]


def test_what_was_never_used_and_is_now_is_told_and_later_uses_are_not(demo_run: Path, tmp_path: Path) -> None:
    found = compare(
        *pair(
            demo_run,
            tmp_path,
            [
                f"update {KEYS} set access_key_last_used_date = as_of() where access_key_id in ('{DEPLOY}', '{PURGE}')",
                "update aws_iam_role set role_last_used_date = as_of()"
                f" where account_id = '{WEB}' and name in ('github-anyone', 'inventory')",
                "update aws_iam_user set password_last_used = as_of() where password_enabled",
            ],
        ),
        "access_key",
        "role",
        "user",
    )
    rows = told(found, "change", "kind", "name", "column_name", "old_value")
    assert {row for row in rows if row[1] != "user"} == {
        ("newly_used", "access_key", "cdn-purge", "last_used", "never"),
        ("newly_used", "role", "github-anyone", "last_used", "never"),
    }
    assert {row[0] for row in rows} == {"newly_used"} and {row[4] for row in rows} == {"never"}
    assert ("newly_used", "user", "hugo", "password_last_used", "never") in rows


def test_who_may_do_everything_now_is_newly_privileged(demo_run: Path, tmp_path: Path) -> None:
    again = "update iamsql.run set schema_fingerprint = 'another'"
    attached = (
        "update raw.iam_get_account_authorization_details_roles set item = replace(item::varchar,"
        " 'policy/ReadOnlyAccess', 'policy/AdministratorAccess')::json"
        f" where account_id = '{SHARED}'"
    )
    less = (
        "update raw.iam_get_account_authorization_details_users set item = replace(item::varchar,"
        f" '\"admins\"', '\"developers\"')::json where account_id = '{NETWORK}'"
    )
    found = compare(*pair(demo_run, tmp_path, [attached, less, again]), "privilege")
    rows = told(found, "change", "kind", "account_id", "name", "column_name", "old_value", "new_value")
    assert ("gone", "privilege", NETWORK, "vpn-admin", None, "certain", None) in rows
    more = [row for row in rows if row[0] == "newly_privileged"]
    assert more and {row[2] for row in more} == {SHARED} and len(rows) == len(more) + 1


def test_an_account_that_left_is_one_row_that_says_what_went_with_it(demo_run: Path, tmp_path: Path) -> None:
    left = [
        f"delete from {table} where account_id = '{GREEN}'"
        for table in (
            "iamsql.accounts",
            "iamsql.coverage",
            "aws_iam_user",
            KEYS,
            "aws_iam_role",
            "aws_iam_policy",
            "aws_iam_group",
        )
    ]
    old, new = pair(demo_run, tmp_path, left)
    found = compare(old, new, "account", "user", KEYS.removeprefix("aws_iam_"), "role", "policy")
    ((change, kind, name, reason),) = told(found, "change", "kind", "name", "reason")
    assert (change, kind, name) == ("gone", "account", "greenfield")
    assert reason.startswith("left the organization, and with it ") and reason.endswith(
        "5 policies, 4 roles, 2 users, 1 access key"
    )
    back = told(compare(new, old, "account", "user"), "change", "kind", "name")
    assert ("new", "account", "greenfield") in back and ("new", "user", "ci-runner") in back


def test_a_name_that_is_no_kind_is_told(demo_run: Path, tmp_path: Path) -> None:
    old = copy(demo_run, tmp_path)
    with pytest.raises(IamsqlError, match="unknown kind 'usr'; did you mean user"):
        compare(old, old, "usr")
