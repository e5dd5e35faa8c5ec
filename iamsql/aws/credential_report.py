"""The IAM credential report, which is generated on request and fetched when it is ready."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import REPORT_NOT_READY_CODES, Request
from iamsql.aws.errors import UNREADABLE_CODE, Fault, MalformedResponseError, RequestFailedError
from iamsql.aws.plan import CallResult

REPORT_OPERATION, GENERATE_OPERATION = "GetCredentialReport", "GenerateCredentialReport"
IN_PROGRESS_CODE = "ReportInProgress"
FAILED_STATE = "failed"
# Seconds between requests for the report: five minutes in total. AWS generates the report of a small account within a second.
WAIT_SECONDS = (0.3, 0.3, 0.5, 1.0, 2.0, 4.0, 8.0, *([10.0] * 28))
MAX_MALFORMED_REPORTS = 3  # reports that cannot be parsed, after which the call is an error


async def fetch_credential_report(
    client: AccountClient, generate_result: CallResult, report_result: CallResult
) -> list[dict[str, Any]]:
    """Generate the report, wait for it and return its rows: header names to values, and GeneratedTime.

    The report is requested once: GetCredentialReport fails with ReportInProgress until the report is ready. A report that
    disappears in the meantime is generated again. If AWS generates no report, an earlier report is returned; GeneratedTime
    shows its age. Each request is counted in its result. Raise RequestFailedError.
    """
    state, malformed_count = await _request_report(client, generate_result), 0
    for wait in (*WAIT_SECONDS, None):
        # AWS generates a report at most every four hours: within that time, COMPLETE is the first response.
        if state not in ("COMPLETE", FAILED_STATE):
            await asyncio.sleep(wait or 0)
        try:
            request = Request(report_result.call.service, REPORT_OPERATION, report_result.region, {})
            return parse_report(await client.send(request, report_result.stats))
        except MalformedResponseError as error:
            malformed_count += 1
            if malformed_count == MAX_MALFORMED_REPORTS:
                raise RequestFailedError(Fault("error", UNREADABLE_CODE, str(error))) from error
            continue
        except RequestFailedError as failed:
            is_gone = failed.fault.code != IN_PROGRESS_CODE
            # FAILED: no report is generated, so waiting is useless if no earlier report exists either.
            if failed.fault.code not in REPORT_NOT_READY_CODES or wait is None or (is_gone and state == FAILED_STATE):
                raise
        state = await _request_report(client, generate_result) if is_gone else "STARTED"
    raise AssertionError("unreachable")


async def _request_report(client: AccountClient, result: CallResult) -> str:
    """Request a report; return its state, or FAILED_STATE, after which an earlier report may still exist."""
    try:
        request = Request(result.call.service, GENERATE_OPERATION, result.region, {})
        response = await client.send(request, result.stats)
    except RequestFailedError as failed:
        result.stats.faults.append(failed.fault)
        return FAILED_STATE
    result.stats.faults.clear()  # an earlier attempt failed, but the report is generated now
    return str(response.get("State"))


def parse_report(response: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a response to GetCredentialReport. Raise MalformedResponseError for a truncated or empty report.

    A report is never empty, because the root user has a row.
    """
    content = response.get("Content", b"")
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        rows = list(csv.DictReader(io.StringIO(text)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedResponseError(f"The credential report cannot be read: {error}") from error
    if not rows or any("user" not in row or None in row or None in row.values() for row in rows):
        raise MalformedResponseError(
            f"The credential report is truncated: it has {len(rows)} rows, and not all of them are complete."
        )
    generated_time = response.get("GeneratedTime")
    return [row | {"GeneratedTime": generated_time} for row in rows]
