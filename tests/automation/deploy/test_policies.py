"""The policies of the templates allow what a run requests, and fit into IAM's limits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from iamsql.automation.deploy import Deployment, policies
from iamsql.automation.deploy.fargate import fargate_template
from iamsql.automation.deploy.lambda_function import lambda_template
from iamsql.automation.deploy.stackset import member_template
from iamsql.demo.auth import Caller
from iamsql.demo.errors import access_denied_error
from iamsql.demo.protocol import Request
from iamsql.model import IamsqlError
from iamsql.tables.required_policies import allow_statement, document, policy
from tests.automation.deploy.evaluation import Template, statements
from tests.automation.deploy.lint import EXTERNAL_ID, FULL, SLACK, TOPIC
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.fake_aws.session_policy import ALWAYS_ALLOWED, action_of, allows
from tests.sync.syncs import LOGS, MANAGEMENT, NETWORK, PAYMENTS, TOOLS, WEB, run_sync

# FakeAws has no policy variables: the value of the variable is the variable itself.
CONTEXT = {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}


def policy_text(template: dict[str, Any], role: str, **values: Any) -> str:
    """Return the inline policies of a role as one policy, without the placeholders of CloudFormation."""
    return json.dumps({"Statement": statements(Template(template, **values).properties(role))})


class LimitedAws(FakeAws):
    """The fake AWS with the policies of the templates: the policies of a role, and of the credentials that run iamsql."""

    def __init__(self, runner: str, member: str) -> None:
        super().__init__(DAY)
        self.runner, self.member = runner, member
        self.denied: list[tuple[str, str]] = []

    def check(self, caller: Caller, request: Request) -> None:
        """Refuse a request that the policy of its caller does not allow."""
        super().check(caller, request)
        action = action_of(request.service, request.operation)
        text = self.runner if caller.is_base else self.member
        resource = dict(request.params).get("RoleArn", "*") if action == "sts:AssumeRole" else "*"
        if action not in ALWAYS_ALLOWED and not allows(text, action, str(resource), CONTEXT):
            self.denied.append((caller.arn, action))
            raise access_denied_error(request.service, request.operation, caller.arn)


def limited(deployment: Deployment) -> LimitedAws:
    runner = policy_text(fargate_template(deployment), "RunnerRole", Image="x", Subnets=[], SecurityGroups=[])
    return LimitedAws(runner, policy_text(member_template(deployment), "AuditRole", Principal=MANAGEMENT))


USERS = "aws_iam_user"
ACCOUNTS = (MANAGEMENT, PAYMENTS, WEB, TOOLS, LOGS, NETWORK)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deployment", "options"),
    [
        pytest.param(
            Deployment(),
            {"tables": ("all",), "fresh": True, "trust_report": True, "events": ("none",)},
            marks=pytest.mark.slow,
            id="all",
        ),
        pytest.param(Deployment(is_minimal=True), {}, marks=pytest.mark.slow, id="minimal"),
        pytest.param(Deployment(tables=(USERS,), is_minimal=True), {"tables": (USERS,)}, id="table"),
    ],
)
def test_a_sync_with_the_policies_of_the_templates_is_never_denied(
    tmp_path: Path, deployment: Deployment, options: dict[str, Any]
) -> None:
    aws = limited(deployment)
    run = run_sync(tmp_path, aws=aws, accounts=ACCOUNTS, roles=("iamsql-audit",), **options)
    assert aws.denied == []
    entered = {call.account_id for call in aws.calls if "iamsql-audit" in call.principal}
    assert run.path.is_file() and len(entered) >= 3


@pytest.mark.slow
def test_a_sync_of_more_than_the_policies_allow_is_denied(tmp_path: Path) -> None:
    aws = limited(Deployment(tables=("aws_account_contact",), is_minimal=True))
    run_sync(tmp_path, aws=aws, accounts=ACCOUNTS, roles=("iamsql-audit",), tables=("aws_iam_user",))
    assert {action for _, action in aws.denied} >= {"iam:GetAccountAuthorizationDetails"}


def test_only_the_role_iamsql_audit_can_be_assumed() -> None:
    text = limited(Deployment()).runner
    assert allows(text, "sts:AssumeRole", "arn:aws:iam::222233334444:role/iamsql-audit", CONTEXT)
    assert not allows(text, "sts:AssumeRole", "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole", CONTEXT)
    assert not allows(text, "sts:AssumeRole", "arn:aws:iam::222233334444:role/iamsql-audit", {})


# -- the runner ------------------------------------------------------------------------------------------------------------


def runner_statements(template: dict[str, Any], **values: Any) -> dict[str, dict[str, Any]]:
    statement_items = statements(Template(template, **values).properties("RunnerRole"))
    return {statement.get("Sid", str(number)): statement for number, statement in enumerate(statement_items)}


def test_the_runner_reads_and_writes_its_prefix_of_the_bucket_and_deletes_nothing() -> None:
    by_sid = runner_statements(fargate_template(Deployment()), Prefix="audit", Image="x", Subnets=[], SecurityGroups=[])
    assert by_sid["Archive"]["Resource"] == "arn:aws:bucket/audit/*"
    assert by_sid["Archive"]["Action"] == ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    assert by_sid["ListArchive"]["Condition"] == {"StringLike": {"s3:prefix": "audit/*"}}
    assert by_sid["EncryptArchive"]["Resource"] == "arn:aws:key"
    actions = {action for each in by_sid.values() for action in listed(each["Action"])}
    writes = {action for action in actions if not re.search(":(Get|GET|List|Describe|Lookup)", action)}
    assert writes == {
        "iam:GenerateCredentialReport",
        "iam:GenerateServiceLastAccessedDetails",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "s3:AbortMultipartUpload",
        "s3:PutObject",
        "sts:AssumeRole",
    }


def test_the_runner_has_the_statements_of_the_targets_of_notifications() -> None:
    assert TOPIC in policies.runner_policy(Deployment(**FULL))["Statement"]
    text = policy_text(lambda_template(Deployment(**FULL)), "RunnerRole", CodeBucket="b", CodeKey="k")
    assert allows(text, "sns:Publish", TOPIC["Resource"]) and not allows(text, "sns:Publish", "arn:aws:sns:::other")


def test_the_execution_role_reads_the_named_secrets_only() -> None:
    options: dict[str, Any] = {"Image": "x", "Subnets": [], "SecurityGroups": []}
    text = policy_text(fargate_template(Deployment(**FULL)), "ExecutionRole", **options)
    assert allows(text, "ssm:GetParameters", EXTERNAL_ID) and allows(text, "secretsmanager:GetSecretValue", SLACK)
    assert not allows(text, "ssm:GetParameters", EXTERNAL_ID + "2")
    assert not allows(text, "secretsmanager:GetSecretValue", EXTERNAL_ID)
    configuration = "arn:aws:ssm:eu-west-1:111122223333:parameter/iamsql/iamsql/configuration"
    assert allows(text, "ssm:GetParameters", configuration)
    runner = policy_text(fargate_template(Deployment(**FULL)), "RunnerRole", **options)
    assert not allows(runner, "ssm:GetParameters", EXTERNAL_ID), "the program has them in its environment"
    plain = policies.secrets_policy(Deployment(), batch=True)["Statement"]
    assert [statement["Sid"] for statement in plain] == ["ReadParameters"]


# -- limits ----------------------------------------------------------------------------------------------------------------


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_policies_fit_into_the_limits_of_iam() -> None:
    assert policies.document_length(policy("member")) <= policies.MAX_MANAGED_CHARACTERS
    for template, values in (
        (fargate_template(Deployment(**FULL)), {"Image": "x", "Subnets": [], "SecurityGroups": []}),
        (lambda_template(Deployment(**FULL)), {"CodeBucket": "b", "CodeKey": "k"}),
    ):
        for name, resource in Template(template, **values).resources().items():
            if resource["Type"] == "AWS::IAM::Role":
                total = sum(
                    policies.document_length(each["PolicyDocument"]) for each in resource["Properties"]["Policies"]
                )
                assert total <= policies.MAX_INLINE_CHARACTERS - 2000, name


def test_a_document_is_divided_between_statements_and_then_between_actions() -> None:
    actions = [f"iam:Get{number:03}" for number in range(40)]
    statement_of_all = document(allow_statement(actions, sid="Read"), allow_statement("sts:AssumeRole", sid="Enter"))
    parts = policies.split_to_fit(statement_of_all, 300)
    assert all(policies.document_length(part) <= 300 for part in parts)
    all_actions = [action for part in parts for each in part["Statement"] for action in listed(each["Action"])]
    assert all_actions == [*actions, "sts:AssumeRole"]
    assert policies.split_to_fit(statement_of_all) == [statement_of_all]


def test_a_statement_that_cannot_be_divided_is_an_error() -> None:
    with pytest.raises(IamsqlError, match="longer than 200 characters"):
        policies.split_to_fit(
            document(allow_statement("s3:GetObject", [f"arn:aws:s3:::bucket-{n}" for n in range(20)])), 200
        )


# -- resources -------------------------------------------------------------------------------------------------------------


def test_the_bucket_denies_requests_without_tls() -> None:
    [statement] = policies.bucket_policy()["Statement"]
    assert statement["Effect"] == "Deny" and statement["Principal"] == "*" and statement["Action"] == "s3:*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_service_acts_for_its_own_account_only() -> None:
    [statement] = policies.service_trust("scheduler.amazonaws.com", "arn:x")["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "<Account>"},
        "ArnLike": {"aws:SourceArn": "arn:x"},
    }
    for statement in policies.topic_policy()["Statement"]:
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "<Account>"}}


def test_a_run_reads_the_secrets_of_its_targets_itself() -> None:
    targets = [
        "slack:ssm:/iamsql/slack",
        f"teams:secretsmanager:{SLACK}",
        "webhook:secretsmanager:hook#url",
        "slack:env:X",
    ]
    actions_by_resource = {each["Resource"]: each["Action"] for each in policies.source_statements(targets)}
    assert actions_by_resource == {
        "arn:<Partition>:ssm:<Region>:<Account>:parameter/iamsql/slack": "ssm:GetParameter",
        SLACK: "secretsmanager:GetSecretValue",
        "arn:<Partition>:secretsmanager:<Region>:<Account>:secret:hook-??????": "secretsmanager:GetSecretValue",
    }
    assert policies.source_statements(["slack", "sns:arn:aws:sns:eu-west-1:111122223333:x", "s3://bucket/ssm:x"]) == []


def test_the_sids_of_a_policy_differ() -> None:
    topics = [TOPIC | {"Sid": "PublishChanges", "Resource": f"{TOPIC['Resource']}{number}"} for number in range(3)]
    statement_items = policies.runner_policy(Deployment(statements=topics))["Statement"]
    sids = [each["Sid"] for each in statement_items]
    assert len(sids) == len(set(sids)) and sids[-3:] == ["PublishChanges", "PublishChanges2", "PublishChanges3"]
