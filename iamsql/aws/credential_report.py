"""The few reads that are no list calls or have to be waited for, and the rules that keep per-user calls few."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from iamsql.aws.errors import UNREADABLE, Fault, MalformedResponse, RequestFailed

Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]
Slots = dict[str, dict[str, str]]
WAITS = (0.4, 0.8, 1.5, 3.0, 5.0, *([10.0] * 27))  # five minutes in all
IN_PROGRESS = "ReportInProgress"
LATE = (IN_PROGRESS, "ReportExpired", "ReportNotPresent")
FAILED = "failed"
SPOILED = 3  # times that a report came that cannot be read
REPORT, MADE = "GetCredentialReport", "GenerateCredentialReport"
NONE = ("", "N/A", "no_information", "not_supported")


def unfinished(answer: dict[str, Any], waited: int) -> float:
    """Give the seconds to wait for an answer that comes from a job, 0.0 when there is none or it is done.

    `waited` is how often it was waited for. Raise Failed for a job that failed, and for one that is not done in time.
    """
    state = answer.get("JobStatus", "COMPLETED")
    if state == "FAILED":
        why = answer.get("Error") or {}
        raise RequestFailed(
            Fault("error", str(why.get("Code") or "JobFailed"), str(why.get("Message") or "The job failed."))
        )
    if state != "IN_PROGRESS":
        return 0.0
    if waited >= len(WAITS):
        raise RequestFailed(Fault("error", "JobInProgress", "The job was not done within five minutes."))
    return WAITS[waited]


async def credential_report(ask: Ask) -> list[dict[str, Any]]:
    """Have the report made, wait for it and give its rows, each with GeneratedTime; columns are named by the header.

    It is asked for once: GetCredentialReport itself tells whether it is there (ReportInProgress until then), and only one
    that has gone meanwhile is asked for again. Where AWS makes none, the report that it still has is read, whose
    GeneratedTime tells how old it is.
    """
    state, spoiled = await _made(ask), 0
    for wait in (*WAITS, None):
        if state not in ("COMPLETE", FAILED):
            await asyncio.sleep(wait or 0)
        try:
            return rows(await ask(REPORT, {}))
        except MalformedResponse as garbled:
            spoiled += 1
            if spoiled == SPOILED:
                raise RequestFailed(Fault("error", UNREADABLE, str(garbled))) from garbled
            continue
        except RequestFailed as failed:
            gone = failed.fault.code != IN_PROGRESS
            if failed.fault.code not in LATE or wait is None or (gone and state == FAILED):
                raise
        state = await _made(ask) if gone else "STARTED"
    raise AssertionError("unreachable")


async def _made(ask: Ask) -> str:
    """Ask AWS to make a report and return its state, or FAILED, after which an earlier report may still be there."""
    try:
        return str((await ask(MADE, {})).get("State"))
    except RequestFailed:  # the fault stands in the coverage of this call
        return FAILED


def rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Turn an answer of GetCredentialReport into its rows; raise Garbled for one that is cut short or no report.

    It is never empty, for the root user has a row.
    """
    content = answer.get("Content", b"")
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        found = list(csv.DictReader(io.StringIO(text)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedResponse(f"The credential report cannot be read: {error}") from error
    if not found or any("user" not in row or None in row or None in row.values() for row in found):
        raise MalformedResponse(
            f"The credential report is cut short: it has {len(found)} rows, and not every one is whole."
        )
    made = {"GeneratedTime": answer.get("GeneratedTime")}
    return [row | made for row in found]


def slots(report: Sequence[dict[str, Any]]) -> Slots:
    """Map each user of a report to the row that shows its two key slots."""
    return {row["user"]: row for row in report}


def shows_key(row: dict[str, str], n: int) -> bool:
    """Tell whether the report shows a key in a slot: active, or with a time of rotation or use."""
    key = f"access_key_{n}"
    times = (row.get(f"{key}_last_rotated", ""), row.get(f"{key}_last_used_date", ""))
    return bool(row.get(f"{key}_active") == "true" or any(time not in NONE for time in times))


def users_with_keys(users: Sequence[dict[str, Any]], report: Slots) -> list[dict[str, Any]]:
    """Keep the users whose row shows a key, and those that are younger than the report."""
    return [user for user in users if _maybe_has_key(report.get(user["UserName"]))]


def _maybe_has_key(row: dict[str, str] | None) -> bool:
    return row is None or shows_key(row, 1) or shows_key(row, 2)


def keys_not_told_apart(keys: Sequence[dict[str, Any]], report: Slots) -> list[dict[str, Any]]:
    """Keep the keys that no slot of the report is surely the same as; aws_iam_access_key goes by the same rule."""
    by_user: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key in keys:
        by_user[key["UserName"]].append(key)
    return [key for user, held in by_user.items() for key in _untold(held, report.get(user))]


def _untold(keys: list[dict[str, Any]], row: dict[str, str] | None) -> list[dict[str, Any]]:
    """Keep the keys of one user that have not exactly one slot of the same second and status, to themselves."""
    if row is None:
        return keys
    shown = [n for n in (1, 2) if shows_key(row, n)]
    match = {key["AccessKeyId"]: [n for n in shown if _same(key, row, n)] for key in keys}
    taken = [n for places in match.values() for n in places]
    told = {key for key, places in match.items() if len(places) == 1 and taken.count(places[0]) == 1}
    if len(keys) == 1:
        agreeing = [n for n in shown if _same_status(keys[0], row, n)]
        undated = [n for n in agreeing if row.get(f"access_key_{n}_last_rotated", "") in NONE]
        told |= {keys[0]["AccessKeyId"]} if len(agreeing) == 1 and undated else set()
    return [key for key in keys if key["AccessKeyId"] not in told]


def _same(key: dict[str, Any], row: dict[str, str], n: int) -> bool:
    return _same_status(key, row, n) and _second(key["CreateDate"]) == _second(
        row.get(f"access_key_{n}_last_rotated", "")
    )


def _same_status(key: dict[str, Any], row: dict[str, str], n: int) -> bool:
    return bool((row.get(f"access_key_{n}_active") == "true") == (key["Status"] == "Active"))


def _second(time: str) -> str:
    """Cut an ISO time to its second; both sources give UTC, the one with Z and the other with +00:00."""
    return time[:19]


NARROW: dict[str, Callable[[Sequence[dict[str, Any]], Slots], list[dict[str, Any]]]] = {
    "users_with_keys": users_with_keys,
    "keys_not_told_apart": keys_not_told_apart,
}
