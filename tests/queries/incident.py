"""CloudTrail records and coverage of a stolen access key, from its creation to its deletion, for the small run file.

READ has a trail; BLIND denied its look-ups; CLEAN was looked up in two regions; the role of SHUT could not be assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.queries.five_accounts import (
    BLIND,
    CLEAN,
    GONE,
    NOON,
    READ,
    SHUT,
    Rows,
    default_rows,
    make_small,
    rows,
    sign_in,
)

FOREIGN = "999999999999"
OFFICE, THIEF = "203.0.113.5", "198.51.100.9"
START = "2025-12-01 12:00:00+00"
FOLDER = f"p/AWSLogs/o-small/{READ}/CloudTrail/us-east-1"
SHARED: dict[str, Any] = {"sharedEventID": "shared-1"}


def user(name: str, key: str | None = None) -> dict[str, Any]:
    """Return the identity of an IAM user of READ."""
    arn = f"arn:aws:iam::{READ}:user/{name}"
    return {"type": "IAMUser", "userName": name, "accountId": READ, "arn": arn} | ({"accessKeyId": key} if key else {})


def session(role: str, name: str, account: str, key: str | None = None, path: str = "/") -> dict[str, Any]:
    """Return the identity of a session of a role."""
    issuer = {"type": "Role", "arn": f"arn:aws:iam::{account}:role{path}{role}", "accountId": account, "userName": role}
    return {
        "type": "AssumedRole",
        "principalId": f"AROA{role}:{name}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        "accountId": account,
        "accessKeyId": key,
        "sessionContext": {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}},
    }


def event(
    name: str,
    at: str,
    identity: Mapping[str, Any] | None,
    parameters: Mapping[str, Any] | None = None,
    response: Mapping[str, Any] | None = None,
    **members: Any,
) -> dict[str, Any]:
    """Return a record as the trail delivers it; `more` replaces members."""
    record = {
        "eventName": name,
        "eventTime": f"{at}Z",
        "eventSource": "iam.amazonaws.com",
        "eventID": f"{name}-{at}",
        "awsRegion": "us-east-1",
        "recipientAccountId": READ,
        "sourceIPAddress": THIEF,
        "userAgent": "aws-cli",
        "eventType": "AwsApiCall",
        "readOnly": name.startswith(("List", "Get", "Describe")),
        "userIdentity": identity,
        "requestParameters": parameters,
        "responseElements": response,
    } | members
    day = at[:10].replace("-", "/")
    return {
        "event": record,
        "data_source": "trail",
        "log_file": f"{FOLDER}/{day}/{READ}_CloudTrail_us-east-1_x.json.gz",
    }


STS: dict[str, Any] = {"eventSource": "sts.amazonaws.com"}
OPS = f"arn:aws:iam::{CLEAN}:role/ops"
GAVE = {
    "credentials": {"accessKeyId": "ASIAOPS"},
    "assumedRoleUser": {"arn": f"arn:aws:sts::{CLEAN}:assumed-role/ops/x"},
}
ANN, THE_SVC = user("ann", "AKIAANN"), user("svc", "AKIASVC")
ADMIN = session("AWSReservedSSO_Admin_0a", "bob@example.com", READ, path="/aws-reserved/sso.amazonaws.com/eu-west-1/")
OUTSIDER = {"type": "AWSAccount", "accountId": FOREIGN, "principalId": "AIDAOUT"}
INTO = {"roleArn": f"arn:aws:iam::{READ}:role/vendor", "roleSessionName": "v"}
HIDDEN: dict[str, Any] = {
    "userIdentity": {"type": "IAMUser", "accountId": READ, "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
}
TRAIL: dict[str, Any] = {"eventSource": "cloudtrail.amazonaws.com"}

RECORDS: Rows = [
    event("ListUsers", "2026-01-10T09:00:00", ANN, sourceIPAddress=OFFICE),
    event("CreateUser", "2026-02-20T02:00:00", ANN, {"userName": "svc"}, {"user": {"userId": "AIDASVC"}}),
    event("CreateUser", "2026-02-20T02:00:30", ANN, {"userName": "svc"}, errorCode="EntityAlreadyExists"),
    event(
        "CreateAccessKey",
        "2026-02-20T02:01:00",
        ANN,
        {"userName": "svc"},
        {"accessKey": {"accessKeyId": "AKIASVC", "userName": "svc", "status": "Active"}},
    ),
    event("ListBuckets", "2026-02-20T02:02:00", THE_SVC, eventSource="s3.amazonaws.com"),
    event("ListUsers", "2026-02-20T02:03:00", THE_SVC, errorCode="AccessDenied"),
    event(
        "AttachUserPolicy",
        "2026-02-20T02:04:00",
        THE_SVC,
        {"userName": "svc", "policyArn": "arn:aws:iam::aws:policy/X"},
    ),
    event(
        "AssumeRole", "2026-02-20T02:05:00", THE_SVC, {"roleArn": OPS, "roleSessionName": "x"}, GAVE, **STS, **SHARED
    ),
    event(
        "AssumeRole",
        "2026-02-20T02:05:00",
        {"type": "AWSAccount", "accountId": READ, "principalId": "AIDASVC"},
        {"roleArn": OPS, "roleSessionName": "x"},
        GAVE,
        recipientAccountId=CLEAN,
        eventID="twin",
        **STS,
        **SHARED,
    ),
    event(
        "DeleteRole",
        "2026-02-20T02:06:00",
        session("ops", "x", CLEAN, "ASIAOPS"),
        {"roleName": "gone"},
        recipientAccountId=CLEAN,
    ),
    event(
        "UpdateAccessKey",
        "2026-02-20T03:00:00",
        ANN,
        {"userName": "svc", "accessKeyId": "AKIASVC", "status": "Inactive"},
    ),
    event("DeleteAccessKey", "2026-02-20T03:01:00", ANN, {"userName": "svc", "accessKeyId": "AKIASVC"}),
    event("DeleteUser", "2026-02-20T03:02:00", ANN, {"userName": "svc"}),
    event("DeleteUser", "2026-02-20T03:03:00", ANN, {"userName": "late"}, errorCode="DeleteConflict"),
    event("DeleteGroup", "2026-02-21T03:02:00", None, {"groupName": "nobody"}, recipientAccountId=BLIND)
    | {"data_source": "event_history", "log_file": None},
    event("AssumeRole", "2026-02-21T04:00:00", OUTSIDER, INTO, **STS),
    event("AssumeRole", "2026-02-21T05:00:00", OUTSIDER, INTO | {"externalId": "42"}, **STS),
    event("AssumeRole", "2026-02-21T06:00:00", {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, INTO, **STS),
    event("AssumeRole", "2026-02-21T07:00:00", None, None, errorCode="AccessDenied", **STS),
    event("StopLogging", "2026-02-23T01:00:00", ANN, {"name": "main"}, errorCode="TrailNotFoundException", **TRAIL),
    event("StopLogging", "2026-02-23T01:01:00", ANN, {"name": "main"}, **TRAIL),
    event("DeleteSecret", "2026-02-23T02:00:00", None, eventType="AwsServiceEvent"),
    sign_in("IAMUser", "ann", "Failure", "2026-02-22T08:00:00Z", "f1", sourceIPAddress=THIEF, awsRegion="us-east-2"),
    sign_in("IAMUser", "ann", "Failure", "2026-02-22T08:01:00Z", "f2", sourceIPAddress=THIEF, awsRegion="us-east-2"),
    sign_in("IAMUser", "ann", "Success", "2026-02-22T08:02:00Z", "s1", sourceIPAddress=THIEF, awsRegion="us-east-2")
    | {"additionalEventData": {"MFAUsed": "No"}},
    sign_in("IAMUser", "", "Failure", "2026-02-22T09:00:00Z", "f3", sourceIPAddress="192.0.2.1") | HIDDEN,
    sign_in("", "", "Success", "2026-02-22T10:00:00Z", "s2", sourceIPAddress=OFFICE, userIdentity=ADMIN),
    sign_in("Root", "", "Success", "2026-02-24T10:00:00Z", "r1", recipientAccountId=CLEAN, sourceIPAddress=OFFICE)
    | {"additionalEventData": {"MFAUsed": "No"}},
]


def coverage_row(
    account: str, region: str, source: str, look_up: str, status: str = "ok", **columns: Any
) -> dict[str, Any]:
    """Return a row of iamsql.event_coverage."""
    window = {"window_start": START, "window_end": NOON, "events": 1}
    return (
        {"account_id": account, "region": region, "source": source, "look_up": look_up, "status": status}
        | window
        | columns
    )


EVENTS_READ: Rows = [
    coverage_row(READ, "us-east-1", "trail", "s3://b/p", objects=9),
    coverage_row(READ, "us-east-2", "trail", "s3://b/p", objects=1),
    coverage_row(READ, "us-east-1", "event_history", "Username=root", "denied", error_code="AccessDeniedException"),
    coverage_row(BLIND, "us-east-1", "event_history", "ReadOnly=false", "denied", error_code="AccessDeniedException"),
    coverage_row(BLIND, "us-east-1", "event_history", "Username=root", "denied", error_code="AccessDeniedException"),
    coverage_row(BLIND, "us-east-1", "trail", "s3://b/p", error_code="no_objects", objects=0),
    coverage_row(CLEAN, "us-east-1", "event_history", "ReadOnly=false"),
    coverage_row(CLEAN, "us-east-2", "event_history", "EventName=ConsoleLogin"),
    coverage_row(
        CLEAN, "ap-southeast-2", "event_history", "EventName=ConsoleLogin", "denied", error_code="AccessDeniedException"
    ),
    coverage_row(SHUT, "us-east-1", "event_history", "ReadOnly=false", "not_requested", error_code="AssumeRole"),
    coverage_row(GONE, "us-east-1", "event_history", "ReadOnly=false", "skipped", error_code="account_suspended"),
]
USERS: Rows = [
    {"account_id": READ, "name": "ann", "user_id": "AIDAANN", "create_date": "2020-01-01 00:00:00+00"},
    {"account_id": READ, "name": "svc", "user_id": "AIDAANEW", "create_date": "2026-02-25 00:00:00+00"},
    {"account_id": BLIND, "name": "dan", "user_id": "AIDADAN", "create_date": "2026-02-01 00:00:00+00"},
    {"account_id": CLEAN, "name": "cleo", "user_id": "AIDACLEO", "create_date": "2026-02-01 00:00:00+00"},
]
KEYS: Rows = [
    {"account_id": READ, "access_key_id": "AKIAANN", "user_name": "ann", "status": "Active"}
    | {"create_date": "2025-01-01 00:00:00+00"},
    {"account_id": CLEAN, "access_key_id": "AKIACLEO", "user_name": "cleo", "status": "Inactive"}
    | {"create_date": "2026-02-01 00:00:00+00"},
]
UNREAD_FILE = {
    "account_id": READ,
    "region": "us-east-1",
    "service": "s3",
    "operation": "GetObject",
    "status": "denied",
    "error_code": "AccessDenied",
    "error_message": f"{FOLDER}/2026/02/26/x.json.gz: not authorized to perform: kms:Decrypt on arn:aws:kms:eu-west-1:1:key/1",
}
TRAILS: Rows = [
    {"account_id": READ, "region": "us-east-1", "home_region": "us-east-1", "name": "main", "arn": "arn:main"}
    | {"is_logging": False, "stop_logging_time": "2026-02-23 01:01:00+00"},
]
# Each report over events, as a call of its macro with the required arguments.
EVENT_MACROS = (
    "cloudtrail_events() key_history('AKIASVC') key_timeline('AKIASVC') user_history('svc') who_created() "
    "deleted_principals() sign_ins() failed_sign_ins() root_activity() first_seen_addresses(days:=20) role_assumptions() "
    "event_summary() trail_gaps() why_empty()"
).split()


def make_incident(path: Path, records: Rows = RECORDS, unread: Rows = (UNREAD_FILE,), **changed: Rows) -> Path:
    """Write the run file of the incident; `changed` replaces records, coverage or trails."""
    tables = {
        "iamsql.event_coverage": changed.get("reads", EVENTS_READ),
        "iamsql.coverage": [*default_rows()["iamsql.coverage"], *unread],
        "aws_iam_user": USERS,
        "aws_iam_access_key": KEYS,
        "aws_cloudtrail_trail": changed.get("trails", TRAILS),
    }
    return make_small(path, tables, records)


def only_row(path: Path, macro: str, **values: Any) -> dict[str, Any]:
    """Return the only row where the columns have the given values."""
    (matching_row,) = [row for row in rows(path, macro) if all(row[name] == value for name, value in values.items())]
    return matching_row
