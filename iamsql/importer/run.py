"""Import files into a run file: the responses in them are written as if a sync had received them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamsql.canonical_json import canonical_json
from iamsql.importer import organization
from iamsql.importer.cloudtrail import LOADING, LoadedLogs, iso, load
from iamsql.importer.organization import NO_FILE, responses_of
from iamsql.importer.read import Contents, Response, read
from iamsql.importer.write import check_accounts, largest_file, left_out_message, out_of_memory, slices, without_large
from iamsql.model import Account, Call, IamsqlError, snake
from iamsql.runfile import build
from iamsql.runfile.rows import AccountResult, CoverageRow, RunRow
from iamsql.runs.checksums import record
from iamsql.schema.registry import all_calls
from iamsql.schema.tables._calls import (
    ACCESS_KEYS,
    ACCOUNTS,
    CALLER,
    EVENTS,
    ORGANIZATION,
    RECORDS,
    REPORT,
    USER_DETAILS,
    USERS,
)
from iamsql.store.folders import require_private, shared_with
from iamsql.store.open_new import MEMORY
from iamsql.store.write_errors import OutOfMemory
from iamsql.store.writer import RunWriter


@dataclass(frozen=True)
class ImportResult:
    """The result of an import: the file, its status, lines for the user, and the number of gaps."""

    path: Path | None
    status: str
    lines: list[str]
    gaps: int


def import_files(paths: Sequence[Path], account: str | None, runs: Path) -> ImportResult:
    """Make a run file from files; `account` owns the files that name no account. Ages are measured from the newest report.

    Raise IamsqlError, and write no run, for files that cannot be used.
    """
    require_private(runs)
    contents = read(paths, account)
    now = datetime.now(UTC)
    as_of = _as_of(contents.responses, now)
    mentioned = _mentioned_accounts(contents.responses)
    organization_item = _item(contents.responses, ORGANIZATION) or {}
    caller = _item(contents.responses, CALLER) or {}
    owner = organization_item.get("Id") or (mentioned[0] if len(mentioned) == 1 and not contents.logs else "import")
    run_id = build.free_name(runs, now, str(owner))
    largest = largest_file(contents.responses)
    files = len({response.path for response in contents.responses}) + len(contents.logs)
    caller_facts = (
        caller.get("Arn"),
        _partition(contents.responses),
        organization_item.get("Id"),
        organization_item.get("MasterAccountId"),
    )
    facts = RunRow(run_id, as_of, *caller_facts, options={"import": True})
    memory, folders = (LOADING, _folders(paths)) if contents.logs else (MEMORY, [])
    writer = build.create(runs / f"{run_id}.duckdb", facts, memory, folders)
    try:
        for response in contents.responses:
            for texts in slices(response.items):
                writer.write_items(
                    _raw(response),
                    response.account_id,
                    response.region,
                    canonical_json(response.bound),
                    texts,
                    iso(now),
                )
        logs = load(writer, contents.logs, account)
        logs.add_unread_links(contents.unread_links, account)
        accounts = _accounts(contents.responses, [*mentioned, *logs.accounts])
        check_accounts(len(accounts))
        as_of = _set_window(writer, contents.responses, logs, as_of)
        note = f"Made from {files} file{'s' if files != 1 else ''}; ages are measured from {as_of}."
        writer.execute("update iamsql.run set notes = ?", [json.dumps([note])])
        visits = [_visit(account, contents, logs) for account in accounts]
        coverage_of_others = logs.coverage_of_others([account.account_id for account in accounts])
        contents.responses.clear()  # DuckDB needs the memory
        path, status = build.finish(writer, visits, iso(now), coverage_of_others, events=logs.events())
    except IamsqlError as error:
        writer.close()
        writer.partial.unlink(missing_ok=True)
        if isinstance(error, OutOfMemory):
            raise out_of_memory(largest) from error
        raise
    finally:
        writer.close()
    gaps = len(coverage_of_others) + sum(row.is_gap for visit in visits for row in visit.coverage)
    large = [f"  read in part: {path}: {left_out_message(count)}" for path, count in contents.truncated.items()]
    messages = [*shared_with(runs), *_lines(visits, contents.ignored), *large, *logs.lines()]
    lines = [*messages, note, f"Run file: {path}", *record(path)]
    return ImportResult(path, status, lines, gaps)


def _folders(paths: Sequence[Path]) -> list[Path]:
    """Return the folders of the log files: those that the user named, and the parents of named files."""
    named = {path.resolve() for path in paths}
    return sorted({path if path.is_dir() else path.parent for path in named})


def _set_window(writer: RunWriter, responses: Sequence[Response], logs: LoadedLogs, as_of: str) -> str:
    """Store the window of the events in the run. Without a report, the time of the last event becomes the time of the run."""
    times = [time.replace(tzinfo=UTC) for time in logs.times if time]
    for response in responses_of(responses, EVENTS):
        for time in filter(None, (_time(item.get("EventTime")) for item in response.items)):
            times = [min([time, *times]), max([time, *times])]
    if not times:
        return as_of
    if not any(True for _ in responses_of(responses, REPORT)):
        as_of = iso(max(times))
    values = [as_of, min(times).isoformat(), max(times).isoformat()]
    writer.execute("update iamsql.run set started_at = ?, window_start = ?, window_end = ?", values)
    return as_of


def _raw(response: Response) -> str:
    return "_".join(filter(None, (response.service.replace("-", "_"), snake(response.operation), response.part)))


def _item(responses: Sequence[Response], call: Call) -> dict[str, Any] | None:
    return next((response.items[0] for response in responses_of(responses, call) if response.items), None)


def _as_of(responses: Sequence[Response], now: datetime) -> str:
    """Return the newest time of the credential reports, which becomes the time of the run: files may be years old.

    A user or role that is younger than the report moves the time on, so that no age is negative.
    """
    generated = (
        _time(row.get("GeneratedTime")) for response in responses_of(responses, REPORT) for row in response.items
    )
    newest = max(filter(None, generated), default=None)
    if newest is None:
        return iso(now)
    created = (
        _time(item.get("CreateDate")) for response in responses for item in response.items if isinstance(item, dict)
    )
    return iso(max(newest, max(filter(None, created), default=newest)))


def _time(text: object) -> datetime | None:
    """Parse an ISO 8601 time, UTC if it has no offset; None for other text."""
    try:
        time = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _mentioned_accounts(responses: Sequence[Response]) -> list[str]:
    """Return the accounts that the files mention, listed or not."""
    org = (ACCOUNTS.operation, ORGANIZATION.operation)
    listed = [str(item["Id"]) for response in responses_of(responses, ACCOUNTS) for item in response.items]
    return list(
        dict.fromkeys(
            [*listed, *sorted({response.account_id for response in responses if response.operation not in org})]
        )
    )


def _accounts(responses: Sequence[Response], mentioned: Sequence[str]) -> list[Account]:
    """Return the accounts that the files list, then those that they only mention."""
    known = organization.listed(responses)
    more = [account_id for account_id in dict.fromkeys(mentioned) if account_id not in known]
    return [*known.values(), *(Account(account_id) for account_id in more)]


def _partition(responses: Sequence[Response]) -> str:
    """Return the partition of the first ARN of a user, role or caller."""
    arns = (
        str(item.get("Arn") or item.get("arn") or "")
        for response in responses
        for item in response.items
        if isinstance(item, dict)
    )
    return next((arn.split(":")[1] for arn in arns if arn.startswith("arn:aws")), "aws")


def _visit(account: Account, contents: Contents, logs: LoadedLogs) -> AccountResult:
    """Return the coverage of an account: the calls with a response in the files, and the others; logs replace LookupEvents."""
    own = [response for response in contents.responses if response.account_id == account.account_id]
    items: Mapping[tuple[str, str], int] = _counts(own)
    rows = logs.coverage(account.account_id, account.name)
    replaced = {(EVENTS.service, EVENTS.operation)} if rows else set()
    for service, operation in dict.fromkeys((*(call for call in _wanted() if call not in replaced), *items)):
        row = CoverageRow(account.account_id, account.name, "global", service, operation, "ok")
        if (service, operation) in items:
            rows.append(replace(row, items=items[service, operation]))
        else:
            rows.append(replace(row, status="skipped", error_code="not_imported", error_message=NO_FILE))
    rows = [_keys_in_full(row, own) if row.operation == ACCESS_KEYS.operation else row for row in rows]
    rows = [without_large(row, own, contents.truncated) for row in organization.coverage(account, own, rows)]
    read = any(row.status in ("ok", "partial") for row in rows)
    missing = list(dict.fromkeys(row.operation for row in rows if row.is_gap and row.operation != RECORDS.operation))
    outcome = "read" if not missing else "partial" if read else "assume_role_failed"
    reason = f"no file for {', '.join(missing)}" if read and missing else NO_FILE if missing else None
    return AccountResult(account, None, outcome, reason, rows)


def _wanted() -> list[tuple[str, str]]:
    """Return the calls whose absence is a gap: those of every account, without fallbacks."""
    wanted = (call for call in all_calls() if not (call.org or call.entered or call.instead_of or call.on_demand))
    return list(dict.fromkeys((call.service, call.operation) for call in wanted))


def _counts(responses: Sequence[Response]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for response in responses:
        counts[response.service, response.operation] += len(response.items)
    return dict(counts)


def _keys_in_full(row: CoverageRow, responses: Sequence[Response]) -> CoverageRow:
    """Set the status of ListAccessKeys to partial if the files lack its response for some user."""
    users = {
        item["UserName"]
        for call in (USER_DETAILS, USERS)
        for response in responses_of(responses, call)
        for item in _users(response)
    }
    listed = list(responses_of(responses, ACCESS_KEYS))
    answered = {str(response.bound.get("UserName")) for response in listed} | {
        item["UserName"] for response in listed for item in _users(response)
    }
    if row.status != "ok" or not (missing := users - answered):
        return row
    message = f"No file lists the keys of {len(missing)} of {len(users)} users."
    return replace(row, status="partial", error_code="not_imported", error_message=message)


def _users(response: Response) -> Iterator[dict[str, Any]]:
    return (item for item in response.items if isinstance(item, dict) and isinstance(item.get("UserName"), str))


def _lines(visits: Sequence[AccountResult], ignored: Sequence[tuple[Path, str]]) -> list[str]:
    lines = [f"Imported {len(visits)} account{'s' if len(visits) != 1 else ''}."]
    lines += [f"  {visit.account.account_id}: {visit.reason}" for visit in visits if visit.reason]
    return lines + [f"  skipped: {path}: {reason}" for path, reason in ignored]
