"""Controls over groups, policies, roles and providers return the rows of the public controls, or differ as documented."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from iamsql import catalog
from iamsql.catalog.macro import macro_sql
from iamsql.tables import registry
from iamsql.tables.compiler import compiler, run_macros
from tests.controls.conformance_run import CONFORMANCE, create_macros, loader

pytestmark = pytest.mark.skipif(not CONFORMANCE.exists(), reason="the conformance cases are not here")
CONTROLS = Path(catalog.shipped_folder()) / "controls"
# What a run file contains besides the typed tables; in the estate no list of groups means no groups, and all has been read.
BESIDE = """
create schema iamsql;
create table iamsql.run as select 'aws' as "partition";
create table iamsql.accounts as
select account_id, title as name, 'ACTIVE' as state, true as selected, 'complete' as outcome, row_number() over () as position
from aws_account;
create table iamsql.coverage as
select account_id, 'iam' as service, 'GetAccountAuthorizationDetails' as operation, 'ok' as status from aws_account
union all select '111122223333', 'organizations', 'ListAccounts', 'ok';
update aws_iam_user set groups = '[]' where groups is null
"""
DOCUMENTS = ("aws_iam_document", "aws_iam_statement", "aws_iam_principal_policy")
SAME = {
    "cloudshell_full_access": "iam/iam_user_group_role_cloudshell_fullaccess_restricted",
    "inline_no_full_admin": "iam/iam_inline_policy_no_administrative_privileges",
    "policy_no_full_admin": "iam/iam_policy_custom_attached_no_star_star",
    "server_certificate_expired": "iam/iam_server_certificate_not_expired",
    "support_role": "iam/iam_support_role",
}
# These find what the public control finds, and more: what, their free text says.
WIDER = {
    "policy_no_full_admin_unattached": "iam/iam_custom_policy_unattached_no_star_star",
    "policy_no_full_cloudtrail": "iam/iam_policy_no_full_access_to_cloudtrail",
    "inline_no_kms_decrypt": "iam/iam_policy_inline_no_blocked_kms_actions",
    "inline_no_kms_decrypt_any": "kms/kms_key_decryption_restricted_in_iam_inline_policy",
    "policy_no_assume_any_role": "iam/iam_policy_custom_no_permissive_role_assumption",
}
NO_SUCH_ACTION = {"arn:aws:iam::012345678901:role/lambda-role-1"}  # may kms:deencrypt*, which decrypts nothing

Verdicts = set[tuple[str, str]]
Judge = Callable[..., Verdicts]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """Return the function that evaluates a shipped control over the cases: pairs of resource and status."""
    estate = loader()
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        now = estate.current()
        estate.load(connection, now=now)
        connection.execute(f"create macro as_of() as timestamptz '{now.isoformat()}'; {BESIDE}")
        connection.execute(";".join(run_macros.scalar_macros()))
        columns = compiler.column_definitions(registry.all_tables()["aws_resource_policy"])
        connection.execute(f"create table aws_resource_policy ({columns})")
        for name in DOCUMENTS:
            connection.execute(f"create table {name} as {compiler.select(registry.all_tables()[name])}")
        create_macros(connection)

        def verdicts(name: str, arguments: str = "") -> Verdicts:
            query = catalog.read_file(next(CONTROLS.rglob(f"{name}.sql")))
            connection.execute(macro_sql(query))
            return set(connection.execute(f"select resource, status from {query.macro}({arguments})").fetchall())

        yield verdicts


def public_results(case: str) -> Verdicts:
    """Return the results of the public control, without other partitions and service-linked roles."""
    text = (CONFORMANCE / "expected" / f"comp__{case.replace('/', '__')}.json").read_text(encoding="utf-8")
    rows = {(str(row[0]).replace("arn:aws-us-gov:::", "arn:aws:::"), str(row[1])) for row in json.loads(text)["rows"]}
    return {row for row in rows if ":role/aws-service-role/" not in row[0]}


def alarms(verdicts: Verdicts) -> set[str]:
    return {resource for resource, status in verdicts if status == "alarm"}


@pytest.mark.parametrize("name", SAME)
def test_a_control_has_the_results_of_the_public_control(name: str, judge: Judge) -> None:
    assert judge(name) == public_results(SAME[name])


@pytest.mark.parametrize("name", WIDER)
def test_an_alarm_of_the_public_control_is_an_alarm(name: str, judge: Judge) -> None:
    ours, theirs = judge(name), public_results(WIDER[name])
    assert {resource for resource, _ in theirs} <= {resource for resource, _ in ours}
    assert alarms(theirs) - alarms(ours) <= NO_SUCH_ACTION
    assert alarms(ours) - alarms(theirs), "it may move to those that agree"


def test_an_empty_list_of_users_selects_no_user(judge: Judge) -> None:
    ours, theirs = judge("group_has_users"), public_results("iam/iam_group_not_empty")
    assert alarms(theirs) < alarms(ours)
    assert {resource for resource in alarms(ours) - alarms(theirs) if not resource.endswith(":group/empty")} == set()
    assert {resource for resource, _ in ours} == {resource for resource, _ in theirs}


def test_three_controls_find_inline_policies(judge: Judge) -> None:
    ours = judge("user_no_inline_policy") | judge("group_no_inline_policy") | judge("role_no_inline_policy")
    theirs = public_results("iam/iam_group_user_role_no_inline_policies")
    assert theirs <= ours
    assert all(":role/service-role/" in resource for resource, _ in ours - theirs)


def test_read_only_access_of_other_accounts(judge: Judge) -> None:
    theirs = {row for row in public_results("iam/iam_role_cross_account_read_only_access_policy") if row[1] != "skip"}
    assert judge("role_read_only_cross_account", "in_organization := true") == theirs


def test_an_account_without_an_audit_role_has_a_row(judge: Judge) -> None:
    ours, theirs = judge("security_audit_role"), public_results("iam/iam_security_audit_role")
    assert theirs <= ours
    assert {status for _, status in ours - theirs} == {"alarm"}
