"""The data files fit botocore's models. A member that the model does not have would be left out of responses."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.demo.protocol import service_model
from tests.demo.clients import DAY, MANAGEMENT, PAYMENTS, client, pages, refusal
from tests.demo.shapes import fits
from tests.fake_aws import FakeAws

RECORDED = {"access-analyzer", "account", "cloudtrail", "identitystore", "sso"}


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov"])
def test_every_recorded_response_fits_the_model(partition: str) -> None:
    services = set()
    for account in FakeAws(DAY, partition=partition).organization.accounts:
        for recorded in account.responses:
            operation = service_model(recorded["Service"]).operation_model(recorded["Operation"])
            assert recorded["Parameters"].keys() <= operation.input_shape.members.keys()
            assert ("Error" in recorded) != ("Response" in recorded)
            if "Response" in recorded:
                fits(recorded["Response"], operation.output_shape)
                services.add(recorded["Service"])
    assert services >= RECORDED


def test_recorded_lists_have_small_pages_and_tokens_for_their_request_only() -> None:
    aws = FakeAws(DAY)
    analyzer = client(aws, "accessanalyzer", PAYMENTS)
    arn = analyzer.list_analyzers()["analyzers"][0]["arn"]
    assert [len(page) for page in pages(analyzer, "list_findings", "findings", analyzerArn=arn)] == [2, 2, 1]
    token = analyzer.list_findings(analyzerArn=arn)["nextToken"]
    with refusal("ValidationException"):
        analyzer.list_findings_v2(analyzerArn=arn, nextToken=token)
    center = client(aws, "sso-admin", region="eu-west-1")
    [instance] = center.list_instances()["Instances"]
    permission_sets = pages(center, "list_permission_sets", "PermissionSets", InstanceArn=instance["InstanceArn"])
    assert [len(page) for page in permission_sets] == [2, 2, 2]


@pytest.mark.parametrize(
    ("service", "region", "operation", "params", "code"),
    [
        ("accessanalyzer", "us-east-1", "list_findings", {"analyzerArn": "arn:none"}, "ResourceNotFoundException"),
        ("accessanalyzer", "us-east-1", "get_analyzer", {"analyzerName": "account"}, "AccessDeniedException"),
        ("account", "us-east-1", "get_contact_information", {"AccountId": PAYMENTS}, "AccessDeniedException"),
        (
            "sso-admin",
            "us-east-1",
            "list_permission_sets",
            {"InstanceArn": "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6"},
            "ResourceNotFoundException",
        ),
        ("identitystore", "us-east-1", "list_users", {"IdentityStoreId": "d-9367a1b2c3"}, "ResourceNotFoundException"),
        (
            "organizations",
            "us-east-1",
            "describe_policy",
            {"PolicyId": "p-examplepolicyid111"},
            "PolicyNotFoundException",
        ),
        (
            "organizations",
            "us-east-1",
            "list_policies_for_target",
            {"TargetId": "r-none", "Filter": "TAG_POLICY"},
            "TargetNotFoundException",
        ),
    ],
)
def test_errors_for_resources_that_do_not_exist(
    service: str, region: str, operation: str, params: dict[str, Any], code: str
) -> None:
    with refusal(code):
        getattr(client(FakeAws(DAY), service, region=region), operation)(**params)


def test_a_synthetic_organization_has_no_recorded_responses() -> None:
    aws = FakeAws(DAY, accounts=2, users_per_account=1)
    assert client(aws, "sso-admin", region="eu-west-1").list_instances()["Instances"] == []
    assert client(aws, "accessanalyzer").list_analyzers()["analyzers"] == []
    assert aws.organization.management.id != MANAGEMENT or client(aws, "account").get_contact_information()
