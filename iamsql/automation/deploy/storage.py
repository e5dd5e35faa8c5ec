"""The archive of scheduled runs in CloudFormation: a bucket, its key, the log group and the configuration."""

from __future__ import annotations

from iamsql.automation.deploy.cloudformation import (
    RETENTION_ATTRIBUTES,
    Resources,
    is_not,
    parameter,
    resolve_placeholders,
    when,
)
from iamsql.automation.deploy.policies import bucket_policy, key_policy
from iamsql.automation.deploy.settings import Deployment

KEY_ARN = {"Fn::GetAtt": ["Key", "Arn"]}
BUCKET_NAME = {"Ref": "Bucket"}
LOG_GROUP_NAME = {"Fn::Sub": "/iamsql/${AWS::StackName}"}
LOG_RETENTION_DAYS = [
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
]


def storage_parameters() -> Resources:
    """Return the parameters of the bucket and of the log group."""
    return {
        "Prefix": parameter(
            "The prefix of the objects in the bucket",
            "iamsql",
            AllowedPattern="[A-Za-z0-9][A-Za-z0-9/_.-]{0,200}[A-Za-z0-9]",
        ),
        "RetentionDays": parameter(
            "Days until runs and reports expire; 0 keeps them", 0, "Number", MinValue=0, MaxValue=36500
        ),
        "OldVersionDays": parameter(
            "Days that replaced and deleted versions of objects are kept", 90, "Number", MinValue=1, MaxValue=36500
        ),
        "ObjectLockDays": parameter(
            "Days that S3 Object Lock protects each object, in governance mode; 0 turns Object Lock off",
            0,
            "Number",
            MinValue=0,
            MaxValue=36500,
        ),
        "LogRetentionDays": parameter("Days that logs are kept", 90, "Number", AllowedValues=LOG_RETENTION_DAYS),
    }


def storage_conditions() -> Resources:
    """Return the conditions of the bucket."""
    return {"Expires": is_not("RetentionDays", "0"), "HasObjectLock": is_not("ObjectLockDays", "0")}


def storage_resources(deployment: Deployment) -> Resources:
    """Return the key, the bucket, the log group and the configuration."""
    value_properties = {"Type": "String", "Tier": "Intelligent-Tiering", "Value": deployment.configuration}
    name_properties = {
        "Name": {"Fn::Sub": "/iamsql/${AWS::StackName}/configuration"},
        "Description": "The text of iamsql.toml",
    }
    log_group = {"LogGroupName": LOG_GROUP_NAME, "RetentionInDays": {"Ref": "LogRetentionDays"}, "KmsKeyId": KEY_ARN}
    return {
        "Key": _key_resource(),
        "Bucket": _bucket_resource(),
        "BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": BUCKET_NAME, "PolicyDocument": resolve_placeholders(bucket_policy())},
        },
        "Logs": {"Type": "AWS::Logs::LogGroup", **RETENTION_ATTRIBUTES, "Properties": log_group},
        "Configuration": {"Type": "AWS::SSM::Parameter", "Properties": name_properties | value_properties},
    }


def _key_resource() -> Resources:
    properties = {
        "Description": "Encrypts the runs, logs and alarms of iamsql",
        "EnableKeyRotation": True,
        "KeyPolicy": resolve_placeholders(key_policy()),
    }
    return {"Type": "AWS::KMS::Key", **RETENTION_ATTRIBUTES, "Properties": properties}


def _bucket_resource() -> Resources:
    encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY_ARN}
    retention = {"Mode": "GOVERNANCE", "Days": {"Ref": "ObjectLockDays"}}
    block_settings = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    properties = {
        "VersioningConfiguration": {"Status": "Enabled"},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": dict.fromkeys(block_settings, True),
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": encryption, "BucketKeyEnabled": True}
            ]
        },
        "ObjectLockEnabled": when("HasObjectLock", True),
        "ObjectLockConfiguration": when(
            "HasObjectLock", {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
        ),
        "LifecycleConfiguration": {"Rules": [_old_version_rule(), when("Expires", _expiration_rule())]},
    }
    return {"Type": "AWS::S3::Bucket", **RETENTION_ATTRIBUTES, "Properties": properties}


def _old_version_rule() -> Resources:
    return {
        "Id": "OldVersions",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": {"Ref": "OldVersionDays"}},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }


def _expiration_rule() -> Resources:
    """Return the rule that expires runs and reports. The state of notifications stays: later runs are compared with it."""
    # The prefix matches the folders of the archive: PREFIX/runs/, PREFIX/reports/, PREFIX/state/.
    return {
        "Id": "Expire",
        "Status": "Enabled",
        "Prefix": {"Fn::Sub": "${Prefix}/r"},
        "ExpirationInDays": {"Ref": "RetentionDays"},
    }
