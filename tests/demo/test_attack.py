"""The records of each stage of the attack have the format of CloudTrail."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from iamsql.demo.data import Account
from tests.demo.clients import DAY, MANAGEMENT, PAYMENTS, client, flat, pages
from tests.fake_aws import FakeAws

LOGS, NETWORK, SHARED, DATA = "222233334444", "012345678901", "444455556666", "777788889999"
TRIAL, LOCKED, ALICE, HOSTILE = "888899990000", "999900001111", "101010101010", "121212121212"
ATTACKER = "198.18.21.9"


@pytest.fixture(scope="module")
def aws() -> FakeAws:
    return FakeAws(DAY)


def records(account: Account) -> list[Any]:
    return [event["CloudTrailEvent"] for event in account.events]


def records_of(aws: FakeAws, account_id: str, name: str = "", address: str = ATTACKER) -> list[Any]:
    account_records = records(aws.organization.by_id[account_id])
    return [
        record
        for record in account_records
        if name in ("", record["eventName"]) and address in ("", record["sourceIPAddress"])
    ]


@pytest.mark.slow
def test_records_have_every_member(aws: FakeAws) -> None:
    plain = "eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent requestID eventID"
    for account in aws.organization.accounts:
        for record in records(account):
            assert set(plain.split()) <= record.keys() and record["eventVersion"] == "1.11"
            assert record["managementEvent"] == (record["eventCategory"] == "Management")
            assert record["recipientAccountId"] == account.id
            if record["userIdentity"].get("type") == "AssumedRole":
                context = record["userIdentity"]["sessionContext"]
                assert context["attributes"]["mfaAuthenticated"] in ("true", "false")
                assert context["sessionIssuer"]["arn"].endswith(context["sessionIssuer"]["userName"])
            assert ("errorCode" in record) <= ("errorMessage" in record)
            moment = datetime.fromisoformat(record["eventTime"])
            assert aws.organization.management.midnight - timedelta(days=101) < moment <= aws.now


def test_the_attacker_makes_a_burst_of_read_calls(aws: FakeAws) -> None:
    reads = [
        record
        for record in records_of(aws, PAYMENTS)
        if record["readOnly"] and record["userIdentity"].get("userName") == "checkout"
    ]
    times = [datetime.fromisoformat(record["eventTime"]) for record in reads if record["eventName"] != "AssumeRole"]
    burst = [record for record, when in zip(reads, times, strict=False) if when - times[0] < timedelta(minutes=10)]
    assert len({record["eventName"] for record in burst}) > 30
    assert sum("errorCode" in record for record in burst) > 20


@pytest.mark.parametrize(
    ("account_id", "names"),
    [
        (PAYMENTS, "CreateUser CreateAccessKey CreateLoginProfile AttachUserPolicy PutUserPolicy CreatePolicyVersion"),
        (
            PAYMENTS,
            "UpdateAssumeRolePolicy CreateRole DeactivateMFADevice CreateSAMLProvider CreateOpenIDConnectProvider",
        ),
        (PAYMENTS, "DeleteUserPermissionsBoundary RunInstances CreateFunction20150331 AssumeRole GetPasswordData"),
        (
            PAYMENTS,
            "DeleteDetector DisableSecurityHub ScheduleKeyDeletion ModifySnapshotAttribute ModifyImageAttribute",
        ),
        (PAYMENTS, "PutBucketPolicy AddPermission20150331v2 ModifyDBSnapshotAttribute SendCommand StartSession"),
        (PAYMENTS, "SendSerialConsoleSSHPublicKey EnableSerialConsoleAccess StopConfigurationRecorder DeleteFlowLogs"),
        (NETWORK, "StopLogging PutEventSelectors"),
        (LOGS, "PutBucketLifecycle PutBucketPolicy"),
        (MANAGEMENT, "CreateAccountAssignment CreatePermissionSet"),
        (SHARED, "GetSecretValue GetParameters"),
        (DATA, "GetObject ListBuckets"),
        (TRIAL, "RunInstances"),
    ],
)
def test_successful_calls_of_the_attacker(aws: FakeAws, account_id: str, names: str) -> None:
    done = {record["eventName"] for record in records_of(aws, account_id) if "errorCode" not in record}
    assert set(names.split()) <= done


@pytest.mark.parametrize(
    ("account_id", "name", "code"),
    [
        (PAYMENTS, "StopLogging", "TrailNotFoundException"),
        (PAYMENTS, "LeaveOrganization", "AccessDeniedException"),
        (NETWORK, "DeleteTrail", "AccessDenied"),
        (LOGS, "DeleteBucket", "BucketNotEmpty"),
    ],
)
def test_failed_calls_of_the_attacker(aws: FakeAws, account_id: str, name: str, code: str) -> None:
    assert {record.get("errorCode") for record in records_of(aws, account_id, name)} == {code}


def test_assuming_a_role_across_accounts_is_recorded_in_both(aws: FakeAws) -> None:
    for there, here in ((SHARED, PAYMENTS), (NETWORK, MANAGEMENT), (LOGS, MANAGEMENT)):
        shared = {
            record["sharedEventID"] for record in records_of(aws, here, "AssumeRole") if "sharedEventID" in record
        }
        [shared_record] = [
            record for record in records_of(aws, there, "AssumeRole") if record.get("sharedEventID") in shared
        ]
        assert (shared_record["userIdentity"]["type"], shared_record["userIdentity"]["accountId"]) == (
            "AWSAccount",
            here,
        )
        key = shared_record["responseElements"]["credentials"]["accessKeyId"]
        assert any(record["userIdentity"].get("accessKeyId") == key for record in records_of(aws, there))


def test_bulk_reads_of_secrets_and_stolen_instance_credentials(aws: FakeAws) -> None:
    count = Counter(record["eventName"] for record in records_of(aws, SHARED) if "errorCode" not in record)
    assert (count["GetSecretValue"], count["GetParameters"]) == (25, 25)
    away = [record["userIdentity"] for record in records_of(aws, DATA)]
    assert {record["sessionContext"]["ec2RoleDelivery"] for record in away} == {"2.0"}
    assert {record["principalId"].partition(":")[2] for record in away} == {"i-0abc1234def567890"}
    on_instance = [record["userIdentity"] for record in records_of(aws, DATA, "GetObject", "10.30.4.17")]
    assert {record["accessKeyId"] for record in on_instance} == {record["accessKeyId"] for record in away}


def test_guessed_passwords_and_sign_ins_of_the_attacker(aws: FakeAws) -> None:
    guessed = records_of(aws, PAYMENTS, "ConsoleLogin", "198.19.101.4")
    assert [record["responseElements"]["ConsoleLogin"] for record in guessed] == ["Failure"] * 6 + ["Success"]
    assert {record.get("errorMessage") for record in guessed[:6]} == {"Failed authentication"}
    [new] = records_of(aws, PAYMENTS, "ConsoleLogin")
    assert new["additionalEventData"]["MFAUsed"] == "No"
    hidden = records_of(aws, TRIAL, "ConsoleLogin", "198.19.101.4")
    assert {record["userIdentity"]["userName"] for record in hidden} == {"HIDDEN_DUE_TO_SECURITY_REASONS"}
    where = {
        record["awsRegion"]
        for account in aws.organization.accounts
        for record in records_of(aws, account.id, "ConsoleLogin", "")
    }
    assert where == {"us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2"}


def test_the_root_user_creates_access_keys_also_in_an_account_that_cannot_be_assumed(aws: FakeAws) -> None:
    for account in (NETWORK, HOSTILE, LOCKED):
        records = records_of(aws, account, "CreateAccessKey", "")
        assert "Root" in {record["userIdentity"].get("type") for record in records}
    assert {record["userIdentity"]["type"] for record in records_of(aws, LOCKED, "ConsoleLogin")} == {"Root"}


def test_records_have_every_type_of_identity(aws: FakeAws) -> None:
    everyone = [record for account in aws.organization.accounts for record in records(account)]
    kinds = {record["userIdentity"].get("type") for record in everyone}
    assert kinds >= {
        None,
        "AWSService",
        "AWSAccount",
        "AssumedRole",
        "IAMUser",
        "Root",
        "WebIdentityUser",
        "IdentityCenterUser",
    }
    assert {"AwsServiceEvent", "AwsApiCall", "AwsConsoleSignIn"} == {record["eventType"] for record in everyone}
    assert {record["sourceIPAddress"] for record in everyone} >= {"config.amazonaws.com", "10.30.4.17", "52.19.33.8"}


def test_the_cleanup_restores_iam(aws: FakeAws) -> None:
    iam = client(aws, "iam", PAYMENTS)
    users = {user["UserName"] for user in flat(pages(iam, "list_users", "Users"))}
    created_names = {
        record["requestParameters"]["userName"]
        for record in records_of(aws, PAYMENTS, "CreateUser", "")
        if record["requestParameters"]
    }
    deleted_names = {record["requestParameters"]["userName"] for record in records_of(aws, PAYMENTS, "DeleteUser", "")}
    assert created_names - deleted_names <= users and "svc-backup" in created_names & deleted_names


def test_records_move_with_the_day_and_to_other_partitions() -> None:
    day = timedelta(days=1)
    here, later = (records(FakeAws(when).organization.by_id[PAYMENTS]) for when in (DAY, DAY + day))
    same = {record["eventID"]: record for record in later}
    for record in here:
        moved = same[record["eventID"]]
        assert datetime.fromisoformat(moved["eventTime"]) - datetime.fromisoformat(record["eventTime"]) == day
    for record in records(FakeAws(DAY, partition="aws-us-gov").organization.by_id[NETWORK]):
        assert record["awsRegion"] == "us-gov-west-1" and "arn:aws:" not in str(record)
