"""The archive of scheduled runs: a private bucket, its key and its log group."""

from __future__ import annotations

from iamsql.automation.deploy import Deployment
from iamsql.automation.deploy.fargate import fargate_template
from tests.automation.deploy.evaluation import ACCOUNT
from tests.automation.deploy.fargate import fargate


def test_the_bucket_is_private_encrypted_and_versioned() -> None:
    bucket = fargate().properties("Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:key"}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "ObjectLockEnabled" not in bucket and "ObjectLockConfiguration" not in bucket
    assert [rule["Id"] for rule in bucket["LifecycleConfiguration"]["Rules"]] == ["OldVersions"]
    body = fargate_template(Deployment())["Resources"]
    assert {name for name, resource in body.items() if resource.get("DeletionPolicy")} == {"Key", "Bucket", "Logs"}


def test_object_lock_and_expiration_are_parameters() -> None:
    bucket = fargate(ObjectLockDays=365, RetentionDays=400).properties("Bucket")
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 365}
    expire = bucket["LifecycleConfiguration"]["Rules"][1]
    assert expire["ExpirationInDays"] == 400
    # The state of notifications is in state/, and must not expire.
    assert "iamsql/runs/x.duckdb".startswith(expire["Prefix"]) and "iamsql/reports/x".startswith(expire["Prefix"])
    assert not "iamsql/state/x".startswith(expire["Prefix"])


def test_the_key_rotates_and_serves_this_log_group() -> None:
    key = fargate().properties("Key")
    assert key["EnableKeyRotation"] is True
    by_sid = {each["Sid"]: each for each in key["KeyPolicy"]["Statement"]}
    name = fargate().properties("Logs")["LogGroupName"]
    context = by_sid["EncryptLogs"]["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"]
    assert context.endswith(f":log-group:{name}")
    assert by_sid["Administer"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
