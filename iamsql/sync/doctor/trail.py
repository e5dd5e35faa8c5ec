"""Check the trail of --trail: its bucket, whether it is logging, and whether a log file can be read and decrypted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from iamsql.aws.client import CallStats, Request
from iamsql.aws.errors import Fault, RequestFailedError
from iamsql.aws.organization_model import Organization
from iamsql.aws.sessions import AccountSession
from iamsql.sync.cloudtrail.access import TrailAccess, trail_location
from iamsql.sync.cloudtrail.bucket import Bucket, TrailLocation, parse_location
from iamsql.sync.cloudtrail.trail import AUTO
from iamsql.sync.doctor.denials import RESOURCE, allow_step, assume_step, denying_policy, parse_principal, statement
from iamsql.sync.doctor.model import Row, Rows, State, failed_row, ok, present, skipped_row, stopped_row
from iamsql.sync.gunzip import GZIP

FIND, STATUS, LIST, READ = "trail", "trail status", "trail bucket", "trail log file"
FIRST_BYTES = 512  # bytes of a log file
MAX_FOLDERS = 3  # accounts that are searched for a log file
LOG_ENDINGS = (".json.gz", ".json")
POLICY = "see: iamsql role --kind trail"


async def trail(state: State) -> Rows:
    """Find the trail, and read the beginning of one log file as a sync would; [] without --trail."""
    run, org, options = present(state.run), present(state.org), state.options.sync
    if not options.trail:
        return []
    access = TrailAccess(run.api, org, options.trail_role, options.external_id, run.policies.trail)
    try:
        location = await access.find() if options.trail == AUTO else parse_location(options.trail)
    except RequestFailedError as error:
        return [
            failed_row(FIND, f"DescribeTrails: {error}", _step_without_trail(org, error.fault)),
            *_skipped_rows(FIND),
        ]
    rows = [ok(FIND, location.url), await _logging_row(access, location)]
    try:
        sessions = await access.sessions(location, CallStats())
    except RequestFailedError as error:
        step = assume_step(
            options.trail_role or "", org.caller_arn, error.fault, options.external_id, org.organization_id
        )
        row = failed_row(LIST, f"The role {options.trail_role} cannot be assumed: {error}", step)
        return [*rows, row, *_skipped_rows(LIST)]
    return [*rows, *await _bucket_rows(access, location, sessions, run.window.start)]


def _skipped_rows(cause: str) -> list[Row]:
    """Return the rows of the checks after one that failed."""
    checks = (FIND, STATUS, LIST, READ)
    after = checks[checks.index(cause) + 1 :]
    return [stopped_row(check, cause) for check in after]


def _step_without_trail(org: Organization, fault: Fault) -> str:
    if fault.fault_type == "denied":
        step = allow_step(
            "cloudtrail:DescribeTrails", parse_principal(org.reader.role_arn or org.caller_arn), fault.message
        )
        return f"Name the bucket with --trail s3://BUCKET/PREFIX. Or: {step}"
    return "Name the bucket with --trail s3://BUCKET/PREFIX."


async def _logging_row(access: TrailAccess, location: TrailLocation) -> Row:
    """Return whether the trail that delivers to the bucket is logging, if the caller may ask."""
    try:
        trails = [item for item in await access.trails() if trail_location(item).bucket == location.bucket]
        if not trails:
            return skipped_row(STATUS, f"DescribeTrails lists no trail that delivers to {location.bucket}.")
        arn, region = str(trails[0]["TrailARN"]), str(trails[0].get("HomeRegion") or access.org.home_region)
        request = Request("cloudtrail", "GetTrailStatus", region, {"Name": arn})
        status: dict[str, Any] = await access.api.send(access.org.reader, request, CallStats())
    except RequestFailedError as error:
        return skipped_row(STATUS, f"The trail's status cannot be read: {error}")
    if not status.get("IsLogging"):
        step = f"aws cloudtrail start-logging --region {region} --name {arn}"
        return failed_row(STATUS, f"{arn} is not logging: there are no log files of new events.", step)
    if error_code := status.get("LatestDeliveryError"):
        step = "Correct the bucket policy or the key policy of the trail: CloudTrail cannot deliver log files."
        return failed_row(STATUS, f"{arn} cannot deliver log files: {error_code}", step)
    latest = status.get("LatestDeliveryTime")
    return ok(STATUS, f"{arn} is logging" + (f"; the latest delivery was at {latest}" if latest else ""))


async def _bucket_rows(
    access: TrailAccess, location: TrailLocation, sessions: list[AccountSession], start: datetime
) -> list[Row]:
    """Return the rows of the bucket and of one log file in the window of events, which begins at `start`."""
    stats = CallStats()
    try:
        bucket, folders = await access.open(location, sessions, stats)
        key, region = await _find_log_file(bucket, folders, start, stats)
    except RequestFailedError as error:
        step = _step_to_list(access, location, sessions[0], error.fault)
        return [failed_row(LIST, f"{location.url} cannot be listed: {error}", step), *_skipped_rows(LIST)]
    if not folders:
        step = "Check the prefix: --trail s3://BUCKET/PREFIX, without AWSLogs/."
        return [
            failed_row(LIST, f"There are no log files under {location.logs} in {location.bucket}.", step),
            *_skipped_rows(LIST),
        ]
    location_text = f"{location.url} in {region}" if region else location.url
    list_row = ok(LIST, f"{location_text}: log files of {len(folders)} accounts")
    if not key:
        return [list_row, skipped_row(READ, f"The first folders have no log file since {start:%Y-%m-%d}.")]
    return [list_row, await _log_file_row(bucket, key, parse_principal(_principal_arn(access, bucket.client.session)))]


async def _find_log_file(
    bucket: Bucket, folders: list[tuple[str, str]], start: datetime, stats: CallStats
) -> tuple[str, str]:
    """Return the key of a log file, '' if the first folders have none, and the region of the bucket. Raise RequestFailedError."""
    region = ""
    for account_id, folder in folders[:MAX_FOLDERS]:
        for prefix in await bucket.prefixes(account_id, folder, stats):
            key, region = await bucket.first_key(prefix, start, stats)
            if key.endswith(LOG_ENDINGS):
                return key, region
    return "", region


async def _log_file_row(bucket: Bucket, key: str, principal: str) -> Row:
    """Return the row of one log file: S3 reads the object, and KMS decrypts it."""
    try:
        start = await bucket.read_start(key, FIRST_BYTES, CallStats())
    except RequestFailedError as error:
        message = error.fault.message
        action = "kms:Decrypt" if "kms:" in message.lower() else "s3:GetObject"
        detail = f"{action} is denied" if error.fault.fault_type == "denied" else "A log file cannot be read"
        resource = "*" if action == "kms:Decrypt" else f"arn:*:s3:::{bucket.location.bucket}/*"
        step = _allow_step(action, resource, principal, error.fault)
        return failed_row(READ, f"{detail}: {key}: {error}", step)
    if not start.startswith((GZIP, b"{")):
        return failed_row(READ, f"{key} is neither gzip nor JSON.", "Check the prefix: --trail s3://BUCKET/PREFIX.")
    return ok(READ, f"{key} can be read")


def _step_to_list(access: TrailAccess, location: TrailLocation, session: AccountSession, fault: Fault) -> str:
    if fault.fault_type == "denied":
        resource = f"arn:{access.org.partition}:s3:::{location.bucket}"
        role = (
            ""
            if access.role
            else " Or name a role that may read the bucket: trail_role in the section [sync] of iamsql.toml."
        )
        return _allow_step("s3:ListBucket", resource, parse_principal(_principal_arn(access, session)), fault) + role
    if fault.code == "NoSuchBucket":
        return "Correct the name of the bucket: --trail s3://BUCKET/PREFIX, or --trail auto."
    return "Check the name of the bucket, its region and the network."


def _allow_step(action: str, resource: str, principal: str, fault: Fault) -> str:
    """Return how to allow an action on the bucket, its objects or its key; AWS does not always say which policy is missing."""
    if fault.fault_type != "denied":
        return "Check the bucket and the network, and try again."
    if denying_policy(fault.message) not in ("", RESOURCE, "identity-based policy"):
        return allow_step(action, principal, fault.message)
    policy = "key policy" if action == "kms:Decrypt" else "bucket policy"
    allowed = statement(action, resource)
    return f"Allow {principal} in the {policy} and in its own policy: {allowed} ({POLICY})."


def _principal_arn(access: TrailAccess, session: AccountSession) -> str:
    return session.role_arn or access.org.caller_arn
