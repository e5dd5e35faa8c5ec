"""moto creates the stacks of the templates, as far as it supports their resource types.

moto lacks the types of MISSING; cfn-lint is the only check of their properties.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from iamsql.automation.deploy import TEMPLATES, Deployment, template_text
from iamsql.automation.deploy.stackset import member_template
from tests.automation.deploy.evaluation import REGION
from tests.automation.deploy.lint import FULL

AUDITOR = "arn:aws:iam::222233334444:role/auditor"
MISSING = {
    "AWS::CloudFormation::StackSet",
    "AWS::CloudWatch::Alarm",
    "AWS::Logs::MetricFilter",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::Scheduler::Schedule",
}
pytestmark = pytest.mark.slow  # moto creates the policies of AWS, which takes seconds
CAPABILITIES = ["CAPABILITY_NAMED_IAM"]


@pytest.fixture(autouse=True)
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answer requests of boto3 by moto, in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "not-a-secret")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the types that moto lacks
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


def create(kind: str, deployment: Deployment, **values: str) -> set[str]:
    """Create a stack of the name of the kind, and return the logical names of its resources."""
    parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
    client("cloudformation").create_stack(
        StackName=kind, TemplateBody=template_text(kind, deployment), Capabilities=CAPABILITIES, Parameters=parameters
    )
    [stack] = client("cloudformation").describe_stacks(StackName=kind)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    summaries = client("cloudformation").list_stack_resources(StackName=kind)["StackResourceSummaries"]
    return {resource["LogicalResourceId"] for resource in summaries} - {""}


def expected(kind: str, deployment: Deployment) -> set[str]:
    """Return the resources without a condition whose types moto has."""
    resources = TEMPLATES[kind](deployment)["Resources"].items()
    return {name for name, resource in resources if resource["Type"] not in MISSING and "Condition" not in resource}


def test_the_stack_of_a_member_account_has_the_roles() -> None:
    deployment = Deployment(has_securityhub=True)
    assert create("member", deployment, Principal=AUDITOR) == expected("member", deployment)
    role = client("iam").get_role(RoleName="iamsql-audit")["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": AUDITOR}
    assert client("iam").list_role_policies(RoleName="iamsql-audit")["PolicyNames"] == ["read-identity"]


def test_a_stack_set_accepts_the_member_template() -> None:
    properties = TEMPLATES["stackset"](Deployment())["Resources"]["Roles"]["Properties"]
    names = ("StackSetName", "TemplateBody", "PermissionModel", "AutoDeployment", "Capabilities")
    cloudformation = client("cloudformation")
    stack_parameters = {name: properties[name] for name in names}
    cloudformation.create_stack_set(
        **stack_parameters, Parameters=[{"ParameterKey": "Principal", "ParameterValue": AUDITOR}]
    )
    described = cloudformation.describe_stack_set(StackSetName="iamsql-audit")["StackSet"]
    assert '"RoleName": "iamsql-audit"' in described["TemplateBody"]
    assert set(member_template(Deployment())["Parameters"]) == {
        each["ParameterKey"] for each in described["Parameters"]
    }


def test_the_stack_of_the_management_account_has_the_roles_and_the_policy() -> None:
    deployment = Deployment(has_securityhub=True)
    created = create("stackset", deployment, Principal=AUDITOR, OrganizationalUnits="r-ab12")
    assert created == {"AuditRole", "SecurityHubRole", "RunnerPolicy1"}


def test_the_stack_of_fargate_has_a_key_a_bucket_and_a_read_only_task() -> None:
    deployment = Deployment(**FULL)
    values = {"Image": "registry/iamsql@sha256:00", "Subnets": "subnet-1,subnet-2", "SecurityGroups": "sg-1"}
    created = create("fargate", deployment, **values)
    assert expected("fargate", deployment) <= created
    assert len(client("s3").list_buckets()["Buckets"]) == 1  # moto ignores the properties of buckets
    [key] = client("kms").list_keys()["Keys"]
    assert client("kms").get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is True
    [arn] = client("ecs").list_task_definitions()["taskDefinitionArns"]
    task = client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
    [container] = task["containerDefinitions"]
    assert container["readonlyRootFilesystem"] is True and container["user"] == "10001:10001"
    assert {each["name"] for each in container["secrets"]} == {
        "IAMSQL_CONFIGURATION",
        "IAMSQL_EXTERNAL_ID",
        "IAMSQL_SLACK_WEBHOOK",
    }
    parameter = client("ssm").get_parameter(Name="/iamsql/fargate/configuration")["Parameter"]
    assert parameter["Value"] == FULL["configuration"]


def test_the_stack_of_lambda_has_the_function() -> None:
    client("s3").create_bucket(Bucket="code-bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
    client("s3").put_object(Bucket="code-bucket", Key="iamsql.zip", Body=b"not a zip file")
    created = create("lambda", Deployment(), CodeBucket="code-bucket", CodeKey="iamsql.zip")
    assert "Function" in created
    [function] = client("lambda").list_functions()["Functions"]
    assert (function["Handler"], function["Timeout"]) == ("iamsql.aws_lambda.handler", 900)
    assert function["Environment"]["Variables"]["IAMSQL_ARCHIVE"].startswith("s3://")
