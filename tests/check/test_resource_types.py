"""The types of resources by their ARN."""

from __future__ import annotations

import pytest

from iamsql.check.resource_types import TYPES_BY_ARN, TYPES_BY_SERVICE, find_resources, parse_resource
from tests.check.demo_records import all_records


@pytest.mark.parametrize(
    ("arn", "cloudformation", "security_hub", "name"),
    [
        ("arn:aws:iam::111122223333:user/machines/router", "AWS::IAM::User", "AwsIamUser", "router"),
        ("arn:aws-cn:iam::111122223333:role/a", "AWS::IAM::Role", "AwsIamRole", "a"),
        ("arn:aws:sts::111122223333:assumed-role/a/session", "AWS::IAM::Role", "AwsIamRole", "session"),
        ("arn:aws:iam::111122223333:root", "AWS::Organizations::Account", "AwsAccount", "root"),
        ("arn:aws:s3:::bucket", "AWS::S3::Bucket", "AwsS3Bucket", "bucket"),
        ("arn:aws:s3:::bucket/key", "Other", "Other", "key"),
        ("arn:aws:rds:us-east-1:111122223333:snapshot:nightly", "AWS::RDS::DBSnapshot", "AwsRdsDbSnapshot", "nightly"),
        ("arn:aws:iam::111122223333:mfa/phone", "AWS::IAM::VirtualMFADevice", "Other", "phone"),
        ("arn:aws:iam::111122223333:user/a\nb", "AWS::IAM::User", "AwsIamUser", "a\nb"),
        ("arn:aws:new:eu-west-1:111122223333:thing/a", "Other", "Other", "a"),
        ("root", "Other", "Other", "root"),
        ("", "Other", "Other", ""),
    ],
)
def test_the_type_of_an_arn(arn: str, cloudformation: str, security_hub: str, name: str) -> None:
    parsed_resource = parse_resource(arn)
    assert (parsed_resource.uid, *parsed_resource.type, parsed_resource.name) == (
        arn,
        cloudformation,
        security_hub,
        name,
    )


@pytest.mark.slow
def test_every_resource_of_a_control_has_a_type() -> None:
    resources = [resource for record in all_records().controls for resource in find_resources(record)]
    assert {resource.uid for resource in resources if resource.type.cloudformation == "Other"} == set()


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov"])
def test_the_arn_of_an_account_is_valid_in_aws(partition: str) -> None:
    parsed_resource = parse_resource(f"arn:{partition}:::111122223333")
    assert (parsed_resource.uid, parsed_resource.name) == (f"arn:{partition}:iam::111122223333:root", "111122223333")
    of_organizations = f"arn:{partition}:organizations::111122223333:account/o-exampleorg/444455556666"
    parsed_resource = parse_resource(of_organizations)
    assert (parsed_resource.uid, parsed_resource.type.security_hub, parsed_resource.is_account) == (
        of_organizations,
        "AwsAccount",
        True,
    )
    organization = parse_resource(f"arn:{partition}:organizations::111122223333:organization/o-exampleorg")
    assert (organization.type.cloudformation, organization.name) == ("AWS::Organizations::Organization", "o-exampleorg")


def test_the_types_of_security_hub_follow_those_of_cloudformation() -> None:
    for resource_type in (*TYPES_BY_ARN.values(), *TYPES_BY_SERVICE.values()):
        if resource_type.security_hub not in ("Other", "AwsAccount", "AwsIamPolicy"):
            assert resource_type.security_hub.lower() == resource_type.cloudformation.replace("::", "").lower()
