"""The records of the attack, stage by stage, in the form in which CloudTrail writes them."""

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
    return [one["CloudTrailEvent"] for one in account.events]


def of(aws: FakeAws, account_id: str, name: str = "", address: str = ATTACKER) -> list[Any]:
    found = records(aws.organization.by_id[account_id])
    return [one for one in found if name in ("", one["eventName"]) and address in ("", one["sourceIPAddress"])]


def test_records_have_every_member(aws: FakeAws) -> None:
    plain = "eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent requestID eventID"
    for account in aws.organization.accounts:
        for one in records(account):
            assert set(plain.split()) <= one.keys() and one["eventVersion"] == "1.11"
            assert one["managementEvent"] == (one["eventCategory"] == "Management")
            assert one["recipientAccountId"] == account.id
            if one["userIdentity"].get("type") == "AssumedRole":
                context = one["userIdentity"]["sessionContext"]
                assert context["attributes"]["mfaAuthenticated"] in ("true", "false")
                assert context["sessionIssuer"]["arn"].endswith(context["sessionIssuer"]["userName"])
            assert ("errorCode" in one) <= ("errorMessage" in one)
            moment = datetime.fromisoformat(one["eventTime"])
            assert aws.organization.management.midnight - timedelta(days=101) < moment <= aws.now


def test_discovery(aws: FakeAws) -> None:
    reads = [one for one in of(aws, PAYMENTS) if one["readOnly"] and one["userIdentity"].get("userName") == "checkout"]
    times = [datetime.fromisoformat(one["eventTime"]) for one in reads if one["eventName"] != "AssumeRole"]
    burst = [one for one, when in zip(reads, times, strict=False) if when - times[0] < timedelta(minutes=10)]
    assert len({one["eventName"] for one in burst}) > 30
    assert sum("errorCode" in one for one in burst) > 20


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
    done = {one["eventName"] for one in of(aws, account_id) if "errorCode" not in one}
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
    assert {one.get("errorCode") for one in of(aws, account_id, name)} == {code}


def test_assuming_a_role_across_accounts_is_recorded_in_both(aws: FakeAws) -> None:
    for there, here in ((SHARED, PAYMENTS), (NETWORK, MANAGEMENT), (LOGS, MANAGEMENT)):
        shared = {one["sharedEventID"] for one in of(aws, here, "AssumeRole") if "sharedEventID" in one}
        [twin] = [one for one in of(aws, there, "AssumeRole") if one.get("sharedEventID") in shared]
        assert (twin["userIdentity"]["type"], twin["userIdentity"]["accountId"]) == ("AWSAccount", here)
        key = twin["responseElements"]["credentials"]["accessKeyId"]
        assert any(one["userIdentity"].get("accessKeyId") == key for one in of(aws, there))


def test_bulk_reads_of_secrets_and_stolen_instance_credentials(aws: FakeAws) -> None:
    count = Counter(one["eventName"] for one in of(aws, SHARED) if "errorCode" not in one)
    assert (count["GetSecretValue"], count["GetParameters"]) == (25, 25)
    away = [one["userIdentity"] for one in of(aws, DATA)]
    assert {one["sessionContext"]["ec2RoleDelivery"] for one in away} == {"2.0"}
    assert {one["principalId"].partition(":")[2] for one in away} == {"i-0abc1234def567890"}
    at_home = [one["userIdentity"] for one in of(aws, DATA, "GetObject", "10.30.4.17")]
    assert {one["accessKeyId"] for one in at_home} == {one["accessKeyId"] for one in away}


def test_sign_ins(aws: FakeAws) -> None:
    guessed = of(aws, PAYMENTS, "ConsoleLogin", "198.19.101.4")
    assert [one["responseElements"]["ConsoleLogin"] for one in guessed] == ["Failure"] * 6 + ["Success"]
    assert {one.get("errorMessage") for one in guessed[:6]} == {"Failed authentication"}
    [new] = of(aws, PAYMENTS, "ConsoleLogin")
    assert new["additionalEventData"]["MFAUsed"] == "No"
    hidden = of(aws, TRIAL, "ConsoleLogin", "198.19.101.4")
    assert {one["userIdentity"]["userName"] for one in hidden} == {"HIDDEN_DUE_TO_SECURITY_REASONS"}
    where = {
        one["awsRegion"] for account in aws.organization.accounts for one in of(aws, account.id, "ConsoleLogin", "")
    }
    assert where == {"us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2"}


def test_root_creates_access_keys_and_one_account_has_events_in_the_trail_only(aws: FakeAws) -> None:
    for account in (NETWORK, HOSTILE, LOCKED):
        made = of(aws, account, "CreateAccessKey", "")
        assert "Root" in {one["userIdentity"].get("type") for one in made}
    assert {one["userIdentity"]["type"] for one in of(aws, LOCKED, "ConsoleLogin")} == {"Root"}


def test_the_baseline_has_every_type_of_identity(aws: FakeAws) -> None:
    everyone = [one for account in aws.organization.accounts for one in records(account)]
    kinds = {one["userIdentity"].get("type") for one in everyone}
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
    assert {"AwsServiceEvent", "AwsApiCall", "AwsConsoleSignIn"} == {one["eventType"] for one in everyone}
    assert {one["sourceIPAddress"] for one in everyone} >= {"config.amazonaws.com", "10.30.4.17", "52.19.33.8"}


def test_the_cleanup_restores_iam(aws: FakeAws) -> None:
    one = client(aws, "iam", PAYMENTS)
    users = {user["UserName"] for user in flat(pages(one, "list_users", "Users"))}
    made = {x["requestParameters"]["userName"] for x in of(aws, PAYMENTS, "CreateUser", "") if x["requestParameters"]}
    gone = {x["requestParameters"]["userName"] for x in of(aws, PAYMENTS, "DeleteUser", "")}
    assert made - gone <= users and "svc-backup" in made & gone


def test_records_move_with_the_day_and_to_other_partitions() -> None:
    day = timedelta(days=1)
    here, later = (records(FakeAws(when).organization.by_id[PAYMENTS]) for when in (DAY, DAY + day))
    same = {one["eventID"]: one for one in later}
    for one in here:
        moved = same[one["eventID"]]
        assert datetime.fromisoformat(moved["eventTime"]) - datetime.fromisoformat(one["eventTime"]) == day
    for one in records(FakeAws(DAY, partition="aws-us-gov").organization.by_id[NETWORK]):
        assert one["awsRegion"] == "us-gov-west-1" and "arn:aws:" not in str(one)
