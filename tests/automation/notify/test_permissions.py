"""The permissions of targets: every request that a target really sends is allowed, and no other action."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.exceptions import EndpointConnectionError

from iamsql.automation.notify.model import DeliveryError, Notice, TargetContext
from iamsql.automation.notify.permissions import member_statements, statements
from iamsql.automation.notify.targets import eventbridge, s3, securityhub, ses, sns
from iamsql.aws.delivery import Clients
from iamsql.tables.required_policies import document
from tests.automation.notify.emulators import ACCOUNT, REGION, Emulator, deliver, moto
from tests.automation.notify.findings import changed, finding
from tests.automation.notify.notices import notice

ROOT = Path(__file__).parents[3]
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:iam-changes"
MEMBER = "222222222222"
# Service Authorization Reference: operations whose action has another name; GetCallerIdentity needs no permission.
ACTIONS = dict.fromkeys(
    ("s3:CreateMultipartUpload", "s3:UploadPart", "s3:CompleteMultipartUpload", "s3:PutObject"), "s3:PutObject"
)
UNRESTRICTED = "sts:GetCallerIdentity"
OPEN = {
    "sns": sns.open_target,
    "ses": ses.open_target,
    "s3": s3.open_target,
    "eventbridge": eventbridge.open_target,
    "securityhub": securityhub.open_target,
}


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    with moto() as emulator:
        emulator.client("sns").create_topic(Name="iam-changes")
        emulator.client("sesv2").create_email_identity(EmailIdentity="a@example.com")
        emulator.client("s3").create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": REGION})
        emulator.client("events").create_event_bus(Name="security")
        for role in ("", f"arn:aws:iam::{MEMBER}:role/x"):
            Clients(region=REGION).client("securityhub", "", role).enable_security_hub()
        yield emulator


def about() -> Notice:
    return notice([changed(finding(1)), changed(finding(2, account_id=ACCOUNT))])


def attachments(folder: Path) -> Sequence[Path]:
    (folder / "run.duckdb").write_bytes(bytes(9_000_000))
    (folder / "report.html").write_bytes(b"report")
    return [folder / "run.duckdb", folder / "report.html"]


def opened(name: str, context: TargetContext) -> Any:
    kind, _, text = name.partition(":")
    return OPEN[kind](name if kind == "s3" else text, context)


def requested(aws: Emulator) -> set[str]:
    """Return the actions of the recorded requests."""
    names = {f"{service}:{operation}" for service, operation in aws.requests}
    return {ACTIONS.get(name, name) for name in names} - {UNRESTRICTED}


def actions_of(documents: Sequence[Mapping[str, Any]]) -> set[str]:
    actions = [entry["Action"] for entry in documents]
    return {action for entry in actions for action in ([entry] if isinstance(entry, str) else entry)}


def allows(documents: Sequence[Mapping[str, Any]], action: str, resource: str) -> bool:
    """Return whether a statement allows an action on a resource, for a principal of ACCOUNT and without conditions."""
    for entry in documents:
        resources = entry["Resource"] if isinstance(entry["Resource"], list) else [entry["Resource"]]
        texts = [arn.replace("<Account>", ACCOUNT) for arn in resources]
        if action in actions_of([entry]) and any(fnmatchcase(resource, text) for text in texts):
            return True
    return False


@pytest.mark.parametrize(
    "name", [f"sns:{TOPIC}", "ses:a@example.com:b@example.com", "eventbridge:security", "securityhub"]
)
def test_the_requests_of_a_target_are_exactly_those_that_are_allowed(aws: Emulator, name: str) -> None:
    aws.requests.clear()
    deliver(opened(name, aws.context()), about())
    assert requested(aws) == actions_of(statements([name]))


def test_the_requests_of_an_administrator_are_exactly_those_that_are_allowed(aws: Emulator) -> None:
    aws.requests.clear()
    settings = {"securityhub_account": "administrator"}
    deliver(opened("securityhub", aws.context(settings=settings)), about())
    assert requested(aws) == actions_of(statements(["securityhub"], settings)) == {"securityhub:BatchImportFindings"}
    assert member_statements(["securityhub"], settings) == []


@pytest.mark.slow
def test_uploads_links_and_uploads_that_fail_are_exactly_what_is_allowed(aws: Emulator) -> None:
    aws.requests.clear()
    target = opened("s3://reports/audit", aws.context(attachments=attachments))
    deliver(target, about())
    with urlopen(target.link) as response:
        assert response.read() == b"report"
    target.clients.client("s3").meta.events.register("before-call.s3.CompleteMultipartUpload", refuse)
    with pytest.raises(DeliveryError):
        deliver(target, about())
    assert "AbortMultipartUpload" in {operation for _, operation in aws.requests}
    assert requested(aws) | {"s3:GetObject"} == actions_of(statements(["s3://reports/audit"]))


def refuse(**_: Any) -> None:
    raise EndpointConnectionError(endpoint_url="https://s3")


def test_the_policy_allows_only_the_resources_of_the_target() -> None:
    documents = statements([f"sns:{TOPIC}", "s3://reports/audit", "eventbridge", "securityhub"])
    allowed = [
        ("sns:Publish", TOPIC),
        ("s3:PutObject", "arn:aws:s3:::reports/audit/RUN/report.html"),
        ("events:PutEvents", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"),
        ("sts:AssumeRole", f"arn:aws:iam::{MEMBER}:role/iamsql-securityhub"),
        ("securityhub:BatchImportFindings", f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"),
    ]
    refused = [
        ("sns:Publish", f"{TOPIC}-2"),
        ("s3:PutObject", "arn:aws:s3:::reports/auditors/x"),
        ("s3:PutObject", "arn:aws:s3:::reports"),
        ("events:PutEvents", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/other"),
        ("sts:AssumeRole", f"arn:aws:iam::{MEMBER}:role/iamsql-audit"),
        ("securityhub:BatchImportFindings", f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/prowler/prowler"),
    ]
    assert [allows(documents, *pair) for pair in allowed] == [True] * len(allowed)
    assert [allows(documents, *pair) for pair in refused] == [False] * len(refused)


def test_conditions_limit_what_is_sent() -> None:
    by_sid = {
        entry["Sid"]: entry for entry in statements(["ses:a@example.com:b@example.com", "eventbridge", "securityhub"])
    }
    assert by_sid["SendMail"]["Condition"] == {
        "StringEquals": {"ses:FromAddress": "a@example.com"},
        "ForAllValues:StringEquals": {"ses:Recipients": ["b@example.com"]},
    }
    assert by_sid["PutChanges"]["Condition"] == {"StringEquals": {"events:source": "iamsql"}}
    assert by_sid["ImportAsMembers"]["Condition"] == {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}


@pytest.mark.parametrize(
    ("key", "resource", "condition"),
    [
        ("1234abcd", "arn:*:kms:*:*:key/1234abcd", {}),
        ("arn:aws:kms:eu-west-1:111122223333:key/1", "arn:aws:kms:eu-west-1:111122223333:key/1", {}),
        ("alias/iamsql", "arn:*:kms:*:*:key/*", {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/iamsql"}}),
        ("arn:aws:kms:eu-west-1:111122223333:alias/a", "arn:*:kms:*:*:key/*",
         {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/a"}}),
    ],
)  # fmt: skip
def test_a_key_for_the_files_may_be_used_through_s3(key: str, resource: str, condition: dict[str, Any]) -> None:
    encrypt = statements(["s3://reports"], {"sse_kms_key": key})[1]
    assert encrypt["Resource"] == resource and encrypt["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert encrypt["Condition"] == {"StringLike": {"kms:ViaService": "s3.*.amazonaws.*"}, **condition}


def test_targets_of_one_kind_have_their_own_sids_and_none_is_repeated() -> None:
    names = ["s3://one", "s3://two", "s3://one", "slack", "teams:env:X", "webhook:https://example.com/"]
    documents = statements(names)
    assert [entry["Sid"] for entry in documents] == ["UploadReports", "UploadReports2"]
    assert all(entry["Sid"].isalnum() for entry in documents) and len(json.dumps(document(*documents))) < 6_144


def test_the_role_in_each_account_may_import_findings_of_its_own() -> None:
    [entry] = member_statements(["slack", "securityhub"])
    assert entry["Action"] == "securityhub:BatchImportFindings" and entry["Resource"].count("<Account>") == 2
    assert member_statements(["slack"]) == []


def test_another_account_that_imports_all_findings_is_the_only_one_whose_role_is_assumed() -> None:
    settings = {"securityhub_account": "444444444444"}
    [assume, _] = statements(["securityhub"], settings)
    assert assume["Resource"] == "arn:*:iam::444444444444:role/iamsql-securityhub"
    assert len(member_statements(["securityhub"], settings)) == 1


def test_the_documentation_has_the_policy_of_each_target() -> None:
    page = (ROOT / "docs/guide/notify-aws.md").read_text()
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    key = {"sse_kms_key": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"}
    mail = "ses:iamsql@example.com:security@example.com,audit@example.com"
    own_account, member = "111122223333", "222233334444"
    assert [policy for policy in examples if "Statement" in policy] == [
        document(*statements(["sns:arn:aws:sns:eu-west-1:111122223333:iam-changes"])),
        document(*statements([mail])),
        document(*statements(["s3://example-reports/iamsql"], key)),
        document(*statements(["eventbridge:security"])),
        in_account(document(*statements(["securityhub"])), own_account),
        in_account(document(*member_statements(["securityhub"])), member),
    ]


def in_account(policy: Any, account: str) -> Any:
    """Return a policy for the credentials of an account."""
    return json.loads(json.dumps(policy).replace("<Account>", account))


def test_a_target_that_is_not_valid_is_an_error() -> None:
    with pytest.raises(DeliveryError, match="is not the ARN of a topic"):
        statements(["sns:iam-changes"])
