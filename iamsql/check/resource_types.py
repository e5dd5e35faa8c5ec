"""The type of a resource by its ARN, as CloudFormation names it (for OCSF) and as the AWS Security Finding Format does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from iamsql.check.finding_record import FindingRecord

OTHER_TYPE = "Other"  # the type of Security Hub for every other resource


class ResourceType(NamedTuple):
    """A resource type: its name in CloudFormation and in Security Hub."""

    cloudformation: str
    security_hub: str = OTHER_TYPE


ACCOUNT_TYPE = ResourceType("AWS::Organizations::Account", "AwsAccount")
ACCESS_KEY_TYPE = ResourceType("AWS::IAM::AccessKey", "AwsIamAccessKey")
UNKNOWN_TYPE = ResourceType(OTHER_TYPE)
MULTI_REGION_ACCESS_POINT_TYPE = ResourceType("AWS::S3::MultiRegionAccessPoint")
# By the service of an ARN and the first word of its resource.
TYPES_BY_ARN = {
    ("iam", "user"): ResourceType("AWS::IAM::User", "AwsIamUser"),
    ("iam", "role"): ResourceType("AWS::IAM::Role", "AwsIamRole"),
    ("iam", "policy"): ResourceType("AWS::IAM::ManagedPolicy", "AwsIamPolicy"),
    ("iam", "group"): ResourceType("AWS::IAM::Group", "AwsIamGroup"),
    ("iam", "mfa"): ResourceType("AWS::IAM::VirtualMFADevice"),
    ("iam", "instance-profile"): ResourceType("AWS::IAM::InstanceProfile"),
    ("iam", "server-certificate"): ResourceType("AWS::IAM::ServerCertificate"),
    ("iam", "saml-provider"): ResourceType("AWS::IAM::SAMLProvider"),
    ("iam", "oidc-provider"): ResourceType("AWS::IAM::OIDCProvider"),
    ("sts", "assumed-role"): ResourceType("AWS::IAM::Role", "AwsIamRole"),
    ("organizations", "ou"): ResourceType("AWS::Organizations::OrganizationalUnit"),
    ("organizations", "policy"): ResourceType("AWS::Organizations::Policy"),
    ("organizations", "organization"): ResourceType("AWS::Organizations::Organization"),
    ("organizations", "account"): ACCOUNT_TYPE,
    ("cloudtrail", "trail"): ResourceType("AWS::CloudTrail::Trail", "AwsCloudTrailTrail"),
    ("cloudtrail", "eventdatastore"): ResourceType("AWS::CloudTrail::EventDataStore"),
    ("access-analyzer", "analyzer"): ResourceType("AWS::AccessAnalyzer::Analyzer"),
    ("sso", "permissionSet"): ResourceType("AWS::SSO::PermissionSet"),
    ("kms", "key"): ResourceType("AWS::KMS::Key", "AwsKmsKey"),
    ("lambda", "function"): ResourceType("AWS::Lambda::Function", "AwsLambdaFunction"),
    ("lambda", "layer"): ResourceType("AWS::Lambda::LayerVersion", "AwsLambdaLayerVersion"),
    ("secretsmanager", "secret"): ResourceType("AWS::SecretsManager::Secret", "AwsSecretsManagerSecret"),
    ("ecr", "repository"): ResourceType("AWS::ECR::Repository", "AwsEcrRepository"),
    ("s3", "accesspoint"): ResourceType("AWS::S3::AccessPoint", "AwsS3AccessPoint"),
    ("events", "event-bus"): ResourceType("AWS::Events::EventBus", "AwsEventsEventbus"),
    ("apigateway", ""): ResourceType("AWS::ApiGateway::RestApi", "AwsApiGatewayRestApi"),
    ("logs", "log-group"): ResourceType("AWS::Logs::LogGroup"),
    ("es", "domain"): ResourceType("AWS::OpenSearchService::Domain", "AwsOpenSearchServiceDomain"),
    ("backup", "backup-vault"): ResourceType("AWS::Backup::BackupVault", "AwsBackupBackupVault"),
    ("dynamodb", "table"): ResourceType("AWS::DynamoDB::Table", "AwsDynamoDbTable"),
    ("elasticfilesystem", "file-system"): ResourceType("AWS::EFS::FileSystem"),
    ("glacier", "vaults"): ResourceType("AWS::Glacier::Vault"),  # not a type of CloudFormation, which has none
    ("schemas", "registry"): ResourceType("AWS::EventSchemas::Registry"),
    ("ses", "identity"): ResourceType("AWS::SES::EmailIdentity"),
    ("rds", "snapshot"): ResourceType("AWS::RDS::DBSnapshot", "AwsRdsDbSnapshot"),
    ("rds", "cluster-snapshot"): ResourceType("AWS::RDS::DBClusterSnapshot", "AwsRdsDbClusterSnapshot"),
    ("ec2", "snapshot"): ResourceType("AWS::EC2::Snapshot"),
    ("ec2", "vpc-endpoint"): ResourceType("AWS::EC2::VPCEndpoint"),
}
# Services with one type of resource, whose ARN has the name alone.
TYPES_BY_SERVICE = {
    "s3": ResourceType("AWS::S3::Bucket", "AwsS3Bucket"),
    "sqs": ResourceType("AWS::SQS::Queue", "AwsSqsQueue"),
    "sns": ResourceType("AWS::SNS::Topic", "AwsSnsTopic"),
    "glue": ResourceType("AWS::Glue::Catalog"),
}
# What stands for an account itself in results; the root user is a resource of its account.
ACCOUNT_ARN_PATTERN = re.compile(r"arn:[^:]*:(?:::[0-9]+|organizations::[0-9]*:account/[^/]+/[0-9]+)")
_ACCOUNT_PATTERN = re.compile(r"(?P<start>arn:[^:]*:)(?:::?(?P<id>[0-9]+)|iam::(?P<of_root>[^:]*):root)")
_ARN_PATTERN = re.compile(r"arn:[^:]*:(?P<service>[^:]*):[^:]*:[^:]*:(?P<kind>[^/:]*)(?:[/:](?P<name>.*))?", re.DOTALL)


@dataclass(frozen=True)
class Resource:
    """A resource of a result. `name` is the last part of the ARN; `is_account` is true for an account or its root user."""

    uid: str
    type: ResourceType
    name: str

    @property
    def is_account(self) -> bool:
        """Return whether the resource is an account or its root user."""
        return self.type is ACCOUNT_TYPE


def parse_resource(arn: str) -> Resource:
    """Return the resource with an ARN, or with an ID that is not an ARN.

    The `arn:aws:::ACCOUNT` of Powerpipe's controls is not an ARN: the resource has the ARN of IAM's policies for the account.
    """
    if account := _ACCOUNT_PATTERN.fullmatch(arn):
        account_arn = f"{account['start']}iam::{account['id']}:root" if account["id"] else arn
        return Resource(account_arn, ACCOUNT_TYPE, account["id"] or "root")
    if (match := _ARN_PATTERN.fullmatch(arn)) is None:
        return Resource(arn, UNKNOWN_TYPE, arn)
    service, first_word, name = match["service"], match["kind"], match["name"]
    if name is None:
        return Resource(arn, TYPES_BY_SERVICE.get(service, UNKNOWN_TYPE), first_word)
    if service == "s3" and name.endswith(".mrap"):  # the alias, as in the ARN of an access point
        return Resource(arn, MULTI_REGION_ACCESS_POINT_TYPE, name)
    return Resource(arn, TYPES_BY_ARN.get((service, first_word), UNKNOWN_TYPE), name.rpartition("/")[2] or name)


def find_access_key(dimensions: dict[str, Any]) -> Resource | None:
    """Return the access key that the dimensions of a result name; None if they name none."""
    key = dimensions.get("access_key_id")
    return Resource(str(key), ACCESS_KEY_TYPE, str(key)) if key else None


def find_resources(record: FindingRecord) -> list[Resource]:
    """Return the resources of a result: the one that it is about, and the access key of a user."""
    key = find_access_key(dict(record.dimensions))
    return [parse_resource(record.resource), *([key] if key else [])]
