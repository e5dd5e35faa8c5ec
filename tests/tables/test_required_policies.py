"""The printed policies allow what syncs of the fake AWS request, and nothing else.

The fake AWS has a table of its own for the action of each request, so the declarations are not compared with themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from iamsql import cli
from iamsql.check.dependencies import tables_read
from iamsql.check.selection import load_catalog
from iamsql.tables.registry import all_calls
from iamsql.tables.required_policies import planned_calls, policy, trust_policy
from tests.conftest import DAY
from tests.fake_aws import ORG_TRAIL, FakeAws, Faults
from tests.fake_aws.session_policy import action_of
from tests.sync.syncs import ALICE, GREEN, LOCKED, LOGS, MANAGEMENT, NETWORK, PAYMENTS, TOOLS, WEB, run_sync
from tests.tiers import slow_but_every

READER, ARCHIVE = f"arn:aws:iam::{TOOLS}:role/org-reader", f"arn:aws:iam::{LOGS}:role/iamsql-audit"
CALLER, MEMBER, FALLBACK, ORG_ROLE = "AWSReservedSSO", "iamsql-audit", "OrganizationAccountAccessRole", "org-reader"
FREE = {"sts:GetCallerIdentity"}
REPORTS = ("GetAccountAuthorizationDetails", "GetCredentialReport", "GenerateCredentialReport")


def requested_actions(aws: FakeAws, role: str, account_id: str = "") -> set[str]:
    """Return the actions that sessions of a role requested, in one account or in all."""
    return {
        action_of(call.service, call.operation)
        for call in aws.calls
        if role in call.principal and account_id in ("", call.account_id)
    } - FREE


def allowed_actions(kind: str, tables: tuple[str, ...] = (), minimal: bool = False) -> set[str]:
    """Return the actions that a printed policy allows."""
    actions: set[str] = set()
    for statement in policy(kind, tables, minimal=minimal)["Statement"]:
        granted = statement["Action"]
        actions |= {granted} if isinstance(granted, str) else set(granted)
    return actions


@pytest.fixture(scope="module")
def default_aws(tmp_path_factory: pytest.TempPathFactory) -> FakeAws:
    """Sync with the default options, in accounts without denials."""
    quiet = [account.id for account in FakeAws(DAY).organization.accounts if "DeniedOperations" not in account.item]
    accounts = tuple(
        account for account in (MANAGEMENT, PAYMENTS, WEB, TOOLS, ALICE, GREEN, LOGS, NETWORK) if account in quiet
    )
    assert len(accounts) > 4
    return run_sync(tmp_path_factory.mktemp("default"), aws=FakeAws(DAY), accounts=accounts).aws


@pytest.fixture(scope="module")
def full_aws(
    tmp_path_factory: pytest.TempPathFactory, demo_run: Path, demo_aws: FakeAws, default_aws: FakeAws
) -> list[FakeAws]:
    """Sync all tables, with each option, and after denials; `demo_run` is the first of these syncs."""
    assert demo_run.is_file()
    everything: dict[str, Any] = {"tables": ("all",), "fresh": True, "trust_report": True, "events": ("none",)}
    runs = tmp_path_factory.mktemp("full")
    wide = run_sync(
        runs, aws=FakeAws(DAY), accounts=(TOOLS, PAYMENTS), regions=("all",), trail="auto", **everything
    ).aws
    center = run_sync(runs, aws=FakeAws(DAY), accounts=(MANAGEMENT,), regions=("eu-west-1",), **everything).aws
    deny = tuple((account, name) for account in (PAYMENTS, MANAGEMENT) for name in (*REPORTS, "ListRegions"))
    denied = run_sync(
        runs, aws=FakeAws(DAY, faults=Faults(deny=deny)), accounts=(PAYMENTS,), regions=("all",), events=("none",)
    ).aws
    return [demo_aws, default_aws, wide, center, denied]


@pytest.fixture(scope="module")
def chained_aws(tmp_path_factory: pytest.TempPathFactory) -> FakeAws:
    """Sync from a member account, with a role for the organization and one for the trail."""
    options: dict[str, Any] = {"tables": ("all",), "fresh": True, "trail": "auto", "trail_role": ARCHIVE}
    runs = tmp_path_factory.mktemp("chained")
    return run_sync(
        runs, aws=FakeAws(DAY), org_role=READER, accounts=(PAYMENTS, TOOLS, LOCKED), events=("none",), **options
    ).aws


# -- the policies and the requests -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_role_in_each_account_allows_each_request(full_aws: list[FakeAws]) -> None:
    requested = set().union(*(requested_actions(aws, role) for aws in full_aws for role in (MEMBER, FALLBACK)))
    trail = {"s3:ListBucket", "s3:GetObject"}
    assert requested - trail <= allowed_actions("member")


@pytest.mark.slow
def test_each_action_of_the_full_policy_is_requested_by_a_sync(full_aws: list[FakeAws]) -> None:
    requested = set().union(*(requested_actions(aws, role) for aws in full_aws for role in (MEMBER, CALLER, FALLBACK)))
    assert allowed_actions("member") - requested == set()


@pytest.mark.slow
def test_an_action_that_a_default_sync_does_not_request_is_of_a_fallback_call_or_on_demand(
    default_aws: FakeAws,
) -> None:
    requested = requested_actions(default_aws, MEMBER)
    plain = {call.permission for call in all_calls() if not call.on_demand and not call.fallback_for and not call.org}
    assert (allowed_actions("member") - requested) & plain == set()


def test_the_minimal_policy_has_exactly_the_actions_of_a_default_sync(default_aws: FakeAws) -> None:
    assert requested_actions(default_aws, MEMBER) == allowed_actions("member", minimal=True)
    both = allowed_actions("member", minimal=True) | allowed_actions("management", minimal=True)
    if_keys_are_alike = {"iam:GetAccessKeyLastUsed"}  # no user of the caller's account has one
    assert requested_actions(default_aws, CALLER) == both - if_keys_are_alike


@pytest.mark.slow
def test_the_policy_of_the_caller_allows_each_request(full_aws: list[FakeAws]) -> None:
    requested = set().union(*(requested_actions(aws, CALLER) for aws in full_aws))
    assert requested <= allowed_actions("member") | allowed_actions("management") | allowed_actions("trail")
    assert allowed_actions("management") <= requested


@pytest.mark.slow
def test_the_policy_of_the_organization_role_allows_each_request(chained_aws: FakeAws) -> None:
    requested = requested_actions(chained_aws, ORG_ROLE)
    assert {"organizations:ListAccounts", "cloudtrail:DescribeTrails", "sts:AssumeRole"} <= requested
    assert requested <= allowed_actions("management") | allowed_actions(
        "member"
    )  # the role's own account is read with the same session
    assert allowed_actions("management") - requested == set()


@pytest.mark.slow
def test_trail_auto_needs_describe_trails_for_the_organization_role(tmp_path: Path) -> None:
    few: dict[str, Any] = {"accounts": (PAYMENTS,), "tables": ("aws_cloudtrail_event",), "events": ("none",)}
    aws = run_sync(tmp_path, aws=FakeAws(DAY), org_role=READER, trail_role=ARCHIVE, trail="auto", **few).aws
    assert "cloudtrail:DescribeTrails" in requested_actions(aws, ORG_ROLE) <= allowed_actions("management")
    assert "cloudtrail:DescribeTrails" not in allowed_actions("management", minimal=True)


@pytest.mark.slow
def test_the_policy_of_the_trail_role_allows_each_request(chained_aws: FakeAws) -> None:
    requested = requested_actions(chained_aws, MEMBER, LOGS)
    assert requested == {"s3:ListBucket", "s3:GetObject"}
    # S3 asks KMS in the caller's name; DescribeTrails is for the caller who finds the trail and reads it as well.
    assert allowed_actions("trail") - requested == {"kms:Decrypt", "cloudtrail:DescribeTrails"}
    assert allowed_actions("trail", minimal=True) - requested == {"kms:Decrypt"}


@pytest.mark.parametrize(
    "table", slow_but_every(2, ["aws_iam_user", "aws_iam_access_key", "aws_account_contact", "aws_iam_access_advisor"])
)
def test_the_policy_of_a_table_has_the_actions_of_its_sync(tmp_path: Path, table: str) -> None:
    aws = run_sync(tmp_path, aws=FakeAws(DAY), accounts=(PAYMENTS,), tables=(table,)).aws
    assert (
        requested_actions(aws, MEMBER)
        <= allowed_actions("member", (table,), minimal=True)
        <= allowed_actions("member", (table,))
    )
    assert requested_actions(aws, CALLER) <= allowed_actions("management", (table,), minimal=True)


def test_the_policies_generate_reports_and_write_nothing_else() -> None:
    verbs = {
        action.partition(":")[2]
        for action in allowed_actions("member") | allowed_actions("management") | allowed_actions("trail")
    }
    others = {action for action in verbs if not action.startswith(("Get", "List", "Describe", "Lookup"))}
    jobs = {"GenerateCredentialReport", "GenerateServiceLastAccessedDetails"}
    assert others == jobs | {"AssumeRole", "Decrypt", "GET"}  # API Gateway names its actions after methods of HTTP


# -- conditions ------------------------------------------------------------------------------------------------------------


def statement(kind: str, sid: str) -> dict[str, Any]:
    [matching] = [candidate for candidate in policy(kind)["Statement"] if candidate["Sid"] == sid]
    return dict(matching)


def test_roles_are_assumed_only_in_the_organization_of_the_run() -> None:
    enter = statement("management", "EnterAccounts")
    assert enter["Condition"] == {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
    assert enter["Resource"] == "arn:*:iam::*:role/iamsql-audit"


def test_kms_keys_decrypt_only_for_s3() -> None:
    assert statement("trail", "DecryptLogFiles")["Condition"] == {"StringLike": {"kms:ViaService": "s3.*.amazonaws.*"}}
    assert statement("trail", "ReadLogFiles")["Action"] == "s3:GetObject"


def test_a_trust_policy_has_the_caller_and_the_organization() -> None:
    [plain] = trust_policy("111122223333")["Statement"]
    assert plain["Principal"] == {"AWS": "111122223333"}
    assert plain["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}
    [full] = trust_policy(READER, "acme-7f3a", "o-ab12cd34ef")["Statement"]
    assert full["Principal"] == {"AWS": READER} and full["Action"] == "sts:AssumeRole"
    assert full["Condition"]["StringEquals"] == {"aws:PrincipalOrgID": "o-ab12cd34ef", "sts:ExternalId": "acme-7f3a"}


# -- the command -----------------------------------------------------------------------------------------------------------


def role(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["role", *arguments])


def printed(*arguments: str) -> set[str]:
    result = role(*arguments)
    assert result.exit_code == 0, result.stderr
    return set(json.loads(result.stdout)["Statement"][0]["Action"])


def test_the_command_prints_the_policy_and_its_purpose() -> None:
    result = role()
    assert json.loads(result.stdout) == policy("member")
    assert result.stderr.startswith("The permissions policy of the role that iamsql assumes in each account")
    assert "trail_role" in role("--kind", "trail").stderr and "org_role" in role("--kind", "management").stderr
    assert "without `fresh`" in role("--minimal").stderr


def test_tables_are_selected_by_name_and_pattern() -> None:
    assert printed("--table", "aws_account_contact") == {"account:GetContactInformation"}
    assert printed("--table", "all") == printed()
    assert {action.partition(":")[0] for action in printed("--table", "aws_ssoadmin_*")} == {"sso"}
    assert printed("--kind", "management", "--table", "aws_iam_user") == {
        call.permission for call in planned_calls(("aws_organizations_account",)) if call.org and not call.implicit
    } | allowed_actions("management", ("aws_iam_user",)) - {"sts:AssumeRole"}
    assert "iamsql sync --table aws_account_contact" in role("--table", "aws_account_contact").stderr


@pytest.mark.slow
def test_queries_controls_and_benchmarks_select_tables() -> None:
    for name in ("stale_keys", "cis_v3.0", "root_keys"):
        tables = tables_read(load_catalog(), (name,))
        assert tables and printed("--for", name) == allowed_actions("member", tables) - {"sts:AssumeRole"}
    assert printed("--for", "stale_keys", "--minimal") < printed("--for", "stale_keys") < printed()
    assert printed("--for", "stale_keys", "--table", "aws_account_contact") > {"account:GetContactInformation"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--table", "aws_iam_usr"], "aws_iam_user"),
        (["--for", "stale_key"], "stale_key"),
        (["--kind", "trust", "--minimal"], "--minimal does not apply to --kind trust"),
        (["--kind", "trail", "--table", "aws_iam_user"], "--table does not apply to --kind trail"),
        (["--external-id", "abc"], "--external-id does not apply to --kind member"),
        (["--kind", "trust", "--principal", "*"], "--principal takes the ARN of a role or user, or an account ID"),
        (["--kind", "trust", "--principal", "arn:aws:iam::111122223333:role/*"], "--principal takes"),
        (["--kind", "trust", "--organization", "*"], "--organization takes the ID of an organization"),
        (["--kind", "trust", "--external-id", "a b"], "--external-id takes"),
    ],
)
def test_contradictory_options_are_an_error(arguments: list[str], message: str) -> None:
    result = role(*arguments)
    assert result.exit_code == 2 and result.stdout == "" and message in result.stderr
    assert len(result.stderr.splitlines()) <= 2


def test_the_trust_policy_is_printed() -> None:
    options = ["--principal", READER, "--external-id", "acme-7f3a", "--organization", "o-ab12cd34ef"]
    assert json.loads(role("--kind", "trust", *options).stdout) == trust_policy(READER, "acme-7f3a", "o-ab12cd34ef")
    assert "AUDIT-ACCOUNT" in role("--kind", "trust").stdout
    assert ORG_TRAIL not in role("--kind", "trail").stdout
