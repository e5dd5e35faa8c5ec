"""Each role is assumed with a session policy that allows the calls of the sync and nothing else.

The fake AWS evaluates the policy, so a sync without a denial shows that the policy is sufficient."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql import cli
from iamsql.model import IamsqlError
from iamsql.sync import Options, SyncResult, plan
from iamsql.sync.cloudtrail.bucket import parse_location
from iamsql.sync.session_policies import LIMIT, METADATA_ONLY, PREFERRED, SessionPolicies
from iamsql.tables.iam_actions import ActionCatalog
from iamsql.tables.names import calls_of_tables, find_raw_tables
from iamsql.tables.registry import all_tables
from iamsql.tables.required_policies import policy
from tests.conftest import DAY
from tests.demo.clients import assume, client, refusal
from tests.fake_aws import EXTERNAL_ID, ORG_TRAIL, FakeAws, Faults
from tests.fake_aws.session_policy import allows
from tests.sync.syncs import ALICE, LOGS, PAYMENTS, SHARED, TOOLS, TRIAL, WEB, SyncedRun, query, run_sync
from tests.tiers import slow_after

READER, ARCHIVE = f"arn:aws:iam::{TOOLS}:role/org-reader", f"arn:aws:iam::{LOGS}:role/iamsql-audit"
FEW: dict[str, Any] = {"accounts": (PAYMENTS, SHARED), "tables": ("aws_iam_account_summary",)}
LONG_NAMES = tuple(f"audit-{'x' * 56}-{number}" for number in range(20))
DENIED = "select count(*)::int from iamsql.coverage where error_message like '%session policy%'"


def sent(run: SyncedRun) -> dict[str, set[str | None]]:
    """Return the session policies that were sent, by role."""
    policies: dict[str, set[str | None]] = {}
    for call in run.aws.calls:
        if call.operation == "AssumeRole":
            params = dict(call.params)
            policies.setdefault(params["RoleArn"], set()).add(params.get("Policy"))
    return policies


def sessions(**options: Any) -> SessionPolicies:
    """Return the session policies of a sync with these options."""
    all_options = Options(Path(), **options)
    on_demand_tables = find_raw_tables((*(all_tables() if "all" in all_options.tables else all_options.tables),))
    return SessionPolicies(all_options, calls_of_tables(all_options.tables), on_demand_tables)


def texts(**options: Any) -> list[str]:
    """Return the session policies of a sync: of accounts, of `org_role` and of `trail_role`."""
    session_policies = sessions(**options)
    trail = parse_location(options["trail"] if options.get("trail", "auto") != "auto" else ORG_TRAIL)
    return [
        str(session_policies.account),
        str(session_policies.organization("aws-us-gov")),
        str(session_policies.trail(trail, "aws-us-gov")),
    ]


# -- actions that a session policy allows ----------------------------------------------------------------------------------


def writes() -> list[str]:
    """Return the actions that write, tag or manage permissions, as AWS's reference classifies them."""
    actions = []
    for service in ActionCatalog().services():
        name = json.loads(service.bound)["service"]
        for item in map(json.loads, service.items):
            if item["accessLevel"] not in ("Read", "List"):
                actions.append(f"{name}:{item['name']}")
    return actions


@pytest.mark.slow
@pytest.mark.parametrize("tables", [(), ("all",)])
def test_no_session_policy_allows_writes(tables: tuple[str, ...]) -> None:
    starts_jobs = {"iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails"}
    actions = writes()
    assert {"iam:CreateUser", "s3:PutObject", "iam:PassRole", "organizations:LeaveOrganization"} <= set(actions)
    for text in texts(tables=tables, trail="auto"):
        assert {action for action in actions if allows(text, action)} <= starts_jobs
        for secret in (
            "secretsmanager:GetSecretValue",
            "ssm:GetParameter",
            "s3:GetObject",
            "cloudtrail:GetQueryResults",
        ):
            assert not allows(text, secret, "arn:aws-us-gov:s3:::payroll/2026.csv")


@pytest.mark.slow
def test_patterns_of_a_session_policy_match_only_reads() -> None:
    text = str(sessions(tables=("all",)).account)
    patterns = [pattern for pattern in json.loads(text)["Statement"][0]["Action"] if "*" in pattern]
    assert {pattern.partition(":")[0] for pattern in patterns} == {*METADATA_ONLY} - {"organizations"}
    assert not [pattern for pattern in writes() if allows(text, pattern) and not pattern.startswith("iam:Generate")]


@pytest.mark.slow
def test_a_session_of_an_administrators_role_cannot_write(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(SHARED,), tables=("aws_iam_user",))
    [limits] = sent(run)[f"arn:aws:iam::{SHARED}:role/OrganizationAccountAccessRole"]
    aws = FakeAws(DAY)
    inside = assume(aws, SHARED, "OrganizationAccountAccessRole", Policy=str(limits))
    iam = boto3.Session(**inside, region_name="us-east-1")
    iam._session.get_component("event_emitter").register("before-send", aws.answer)
    with refusal("AccessDenied") as refused:
        iam.client("iam").create_user(UserName="backdoor")
    assert "because no session policy allows the iam:CreateUser action" in str(refused.value)
    assert iam.client("iam").list_users()["Users"]


# -- the policy is sufficient ----------------------------------------------------------------------------------------------


def test_the_default_sync_and_a_sync_of_all_tables_succeed_with_session_policies(
    demo_aws: FakeAws, demo_run: Path
) -> None:
    assert query(demo_run, DENIED) == [(0,)]
    run = SyncedRun(demo_aws, SyncResult(demo_run, "incomplete", [], 0))
    assert all(None not in limits for limits in sent(run).values())
    assert not [call for call in demo_aws.calls if call.outcome == "MalformedPolicyDocument"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"fresh": True},
        {"trust_report": True},
        {"regions": ("all",), "tables": ("all",), "fresh": True},
        {"tables": ("aws_cloudtrail_trail", "aws_organizations_policy"), "trail": ORG_TRAIL},
        {"org_role": READER, "trail_role": ARCHIVE, "trail": "auto", "tables": ("all",)},
        {"org_role": READER, "trail": "auto", "tables": ("aws_account",)},
    ],
)
def test_no_call_is_denied_by_its_session_policy(tmp_path: Path, options: dict[str, Any]) -> None:
    read = (PAYMENTS, TOOLS, SHARED)
    run = run_sync(tmp_path, accounts=read, events=("none",), aws=FakeAws(DAY), **options)
    assert run.rows(DENIED) == [(0,)]
    assert run.rows("select distinct outcome from iamsql.accounts where selected") == [("complete",)]
    assert all(None not in limits for limits in sent(run).values())


def test_fallback_calls_are_allowed(tmp_path: Path) -> None:
    names = ("GetAccountAuthorizationDetails", "GetCredentialReport", "GenerateCredentialReport", "ListRegions")
    aws = FakeAws(DAY, faults=Faults(deny=tuple(product([PAYMENTS], names))))
    run = run_sync(tmp_path, aws=aws, accounts=(PAYMENTS,), regions=("all",), events=("none",))
    operations = {call.operation for call in aws.calls if call.account_id == PAYMENTS and call.outcome == "ok"}
    assert {"GetLoginProfile", "ListAttachedRolePolicies", "GetPolicyVersion", "DescribeRegions"} <= operations
    assert run.rows(DENIED) == [(0,)]


def test_a_dry_run_has_session_policies(tmp_path: Path) -> None:
    options = Options(tmp_path, demo=True, accounts=(PAYMENTS,), tables=("aws_organizations_root",), dry_run=True)
    [row] = [row for row in plan(options, FakeAws(DAY)).rows if row[0] == PAYMENTS]
    assert row[5] == 9  # users, of GetAccountSummary


@pytest.mark.slow
def test_a_call_denied_by_the_role_is_denied_as_without_a_session_policy(tmp_path: Path) -> None:
    aws = FakeAws(DAY, faults=Faults(deny=((PAYMENTS, "GetAccountSummary"),)))
    run = run_sync(tmp_path, aws=aws, **FEW)
    assert run.status("GetAccountSummary", PAYMENTS) == {("denied", "AccessDenied")}


# -- requests --------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_kind_of_role_has_its_own_policy_also_after_renewal(tmp_path: Path) -> None:
    errors = (
        (LOGS, "GetObject", "ExpiredToken", 1),
        (PAYMENTS, "GetAccountSummary", "ExpiredToken", 1),
    )
    options = {"org_role": READER, "trail_role": ARCHIVE, "trail": ORG_TRAIL, "events": ("none",)} | FEW
    run = run_sync(tmp_path, aws=FakeAws(DAY, faults=Faults(errors=errors)), **options)
    roles = [dict(call.params)["RoleArn"] for call in run.aws.calls if call.operation == "AssumeRole"]
    member = f"arn:aws:iam::{PAYMENTS}:role/iamsql-audit"
    assert roles.count(ARCHIVE) == 2 and roles.count(member) == 2
    policies = sent(run)
    assert all(len(limits) == 1 for limits in policies.values())
    [of_member], [of_reader], [of_archive] = policies[member], policies[READER], policies[ARCHIVE]
    assert json.loads(str(of_member))["Statement"][0]["Action"] == ["iam:GetAccountSummary"]
    assert allows(str(of_reader), "sts:AssumeRole", member) and allows(str(of_reader), "organizations:ListAccounts")
    assert allows(str(of_archive), "s3:GetObject", "arn:aws:s3:::acme-trail/acme/AWSLogs/x")
    assert not allows(str(of_archive), "s3:GetObject", "arn:aws:s3:::acme-trail/payroll")
    assert not allows(str(of_archive), "iam:ListUsers") and not allows(str(of_archive), "kms:Decrypt")


@pytest.mark.slow
def test_the_external_id_is_sent_with_the_policy(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(TRIAL,), external_id=EXTERNAL_ID, tables=("aws_iam_account_summary",))
    [role] = sent(run)
    assert role.endswith("role/iamsql-audit") and sent(run)[role] != {None}


@pytest.mark.slow
def test_with_no_session_policy_the_same_requests_are_sent_without_it(tmp_path: Path) -> None:
    limited, free = run_sync(tmp_path / "1", **FEW), run_sync(tmp_path / "2", no_session_policy=True, **FEW)
    assert set(map(frozenset, sent(free).values())) == {frozenset({None})}
    assert sent(free).keys() == sent(limited).keys()
    assert len(free.aws.calls) == len(limited.aws.calls)
    assert free.rows("select options ->> 'no_session_policy' from iamsql.run") == [("true",)]


@pytest.mark.slow
def test_an_option_in_a_run_file_does_not_remove_the_policy(tmp_path: Path) -> None:
    aws = FakeAws(DAY, faults=Faults(deny=((PAYMENTS, "GetAccountSummary"),)))
    first = run_sync(tmp_path, aws=aws, no_session_policy=True, **FEW)
    assert first.result.gaps
    retried = run_sync(tmp_path, retry_gaps=True)
    assert sent(retried) and all(None not in limits for limits in sent(retried).values())


@pytest.mark.parametrize("code", slow_after(1, ["PackedPolicyTooLarge", "MalformedPolicyDocument"]))
def test_a_session_policy_that_aws_rejects_is_explained(tmp_path: Path, code: str) -> None:
    aws = FakeAws(DAY, faults=Faults(errors=((PAYMENTS, "AssumeRole", code, 99),)))
    run = run_sync(tmp_path, aws=aws, **FEW)
    assert run.status("AssumeRole", PAYMENTS) == {("error", code)}
    [(reason,)] = run.rows("select reason from iamsql.accounts where account_id = ?", PAYMENTS)
    assert "no_session_policy" in reason
    [line] = [text for text in run.result.lines if text.startswith("AWS refused the session policy in 1 account")]
    assert code in line and "no_session_policy" in line
    assert run.rows("select outcome from iamsql.accounts where account_id = ?", SHARED) == [("complete",)]


def test_a_rejected_policy_of_the_organization_role_ends_the_sync(tmp_path: Path) -> None:
    aws = FakeAws(DAY, faults=Faults(errors=((TOOLS, "AssumeRole", "PackedPolicyTooLarge", 99),)))
    with pytest.raises(IamsqlError, match="no_session_policy") as raised:
        run_sync(tmp_path, aws=aws, org_role=READER, **FEW)
    assert "trust policy" not in str(raised.value)


@pytest.mark.slow
def test_a_rejected_policy_of_the_trail_role_is_explained(tmp_path: Path) -> None:
    aws = FakeAws(DAY, faults=Faults(errors=((LOGS, "AssumeRole", "PackedPolicyTooLarge", 99),)))
    run = run_sync(tmp_path, aws=aws, trail=ORG_TRAIL, trail_role=ARCHIVE, events=("none",), **FEW)
    [line] = [text for text in run.result.lines if text.startswith("To assume the role without a session policy")]
    assert "no_session_policy" in line


# -- the size limit of AWS -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trail", ["auto", ORG_TRAIL, f"s3://bucket/{'é*$x' * 250}"])
@pytest.mark.parametrize("roles", [Options.roles, LONG_NAMES])
def test_the_longest_policies_are_within_the_limit(trail: str, roles: tuple[str, ...]) -> None:
    options = {"tables": ("all",), "regions": ("all",), "fresh": True, "dry_run": True}
    for text in texts(trail=trail, roles=roles, **options):
        assert len(text) <= LIMIT and text.isascii()
    assert all(len(text) <= PREFERRED for text in texts())


def test_the_session_policy_of_a_table_is_the_printed_one_or_allows_it_with_patterns() -> None:
    longest = set()
    for name in all_tables():
        text, printed = str(sessions(tables=(name,)).account), policy("member", (name,))["Statement"][0]["Action"]
        [statement] = json.loads(text)["Statement"]
        if statement["Action"] != printed:
            longest.add(name)
            assert len(text) <= LIMIT and all(allows(text, action) for action in printed), name
    assert longest == {"aws_resource_policy"}


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(all_tables())), unique=True, min_size=1), st.booleans())
def test_each_selection_is_within_the_limit_and_allows_its_calls(tables: list[str], trust_report: bool) -> None:
    policies = texts(tables=tuple(tables), trail="auto", trust_report=trust_report)
    assert all(len(text) <= LIMIT for text in policies)
    needed = {action for kind in ("member", "management") for action in policy(kind, tables)["Statement"][0]["Action"]}
    assert [action for action in needed if not allows(policies[1], action)] == []


# -- administrators' roles -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_administrators_role_is_reported_with_its_limit(tmp_path: Path) -> None:
    run = run_sync(tmp_path / "1", **FEW)
    [line] = [text for text in run.result.lines if text.startswith("Administrator roles were assumed")]
    assert "OrganizationAccountAccessRole in 1 account; a session policy limited each session" in line
    assert "iamsql role" in line and "\n" not in line
    [(notes,)] = run.rows("select notes from iamsql.run")
    assert json.loads(notes) == [line]
    free = run_sync(tmp_path / "2", no_session_policy=True, **FEW)
    [line] = [text for text in free.result.lines if text.startswith("Administrator roles were assumed")]
    assert "no_session_policy left each session every permission" in line


@pytest.mark.slow
def test_a_role_that_only_reads_is_not_reported(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(PAYMENTS, WEB, ALICE), tables=("aws_iam_account_summary",))
    assert not [text for text in run.result.lines if "Administrators" in text]
    assert run.rows("select notes::varchar from iamsql.run") == [("[]",)]


@pytest.mark.slow
def test_the_command_reports_it_on_stderr(tmp_path: Path) -> None:
    arguments = ["sync", "--demo", "--runs", str(tmp_path), "--account", SHARED, "--table", "aws_iam_account_summary"]
    result = CliRunner().invoke(cli.main, arguments)
    assert result.stdout == "" and "Administrator roles were assumed: OrganizationAccountAccessRole" in result.stderr
    file = tmp_path / "own.toml"
    file.write_text("[sync]\nno_session_policy = true\n")
    result = CliRunner().invoke(cli.main, [*arguments, "--config", str(file)])
    assert "left each session every permission of an administrator" in result.stderr


# -- the simulator ---------------------------------------------------------------------------------------------------------


def test_the_simulated_sts_rejects_an_invalid_policy() -> None:
    aws = FakeAws(DAY)
    with refusal("ValidationError"):
        assume(aws, PAYMENTS, Policy=json.dumps({"Version": "2012-10-17", "Statement": []}) + " " * LIMIT)
    for text in ("{", "[]", '{"Statement": [{"Effect": "Allow"}]}'):
        with refusal("MalformedPolicyDocument"):
            assume(aws, PAYMENTS, Policy=text)
    assert client(aws, "iam", PAYMENTS).list_users()["Users"]


@pytest.mark.slow
def test_the_simulator_evaluates_decryption_and_role_chaining() -> None:
    aws = FakeAws(DAY)
    reads = {
        "Effect": "Allow",
        "Action": ["s3:*", "sts:AssumeRole"],
        "Resource": [f"arn:aws:iam::{WEB}:role/*", "arn:aws:s3:*"],
    }
    inside = assume(aws, LOGS, Policy=json.dumps({"Version": "2012-10-17", "Statement": [reads]}))
    session = boto3.Session(**inside, region_name="eu-west-1")
    session._session.get_component("event_emitter").register("before-send", aws.answer)
    [key] = [item["Key"] for item in session.client("s3").list_objects_v2(Bucket="acme-trail", MaxKeys=1)["Contents"]]
    with refusal("AccessDenied") as refused:
        session.client("s3").get_object(Bucket="acme-trail", Key=key)
    assert "no session policy allows the kms:Decrypt action" in str(refused.value)
    with refusal("AccessDenied") as refused:
        session.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{PAYMENTS}:role/iamsql-audit", RoleSessionName="chained"
        )
    assert "no session policy allows the sts:AssumeRole action" in str(refused.value)
    assert session.client("sts").get_caller_identity()["Account"] == LOGS
