"""The corridor from files to a run file: what other tools dumped, landed as if it had been collected."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamsql.canonical_json import canonical_json
from iamsql.importer import organization, read
from iamsql.importer.cloudtrail import LOADING, LoadedLogs, iso, load
from iamsql.importer.organization import NO_FILE, responses_of
from iamsql.importer.read import Contents, Response
from iamsql.importer.write import check_accounts, largest_file, left_out_message, out_of_memory, slices, without_large
from iamsql.model import Account, Call, IamsqlError, snake
from iamsql.runfile import build
from iamsql.runfile.build import Covered, RunFacts, Visit
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
from iamsql.store.failures import OutOfMemory
from iamsql.store.files import MEMORY
from iamsql.store.folders import require_private, shared_with
from iamsql.store.write import Landing


@dataclass(frozen=True)
class ImportResult:
    """What came of an import: the file, its status, lines for the user, and how many gaps it has."""

    path: Path | None
    status: str
    lines: list[str]
    gaps: int


def import_files(paths: Sequence[Path], account: str | None, runs: Path) -> ImportResult:
    """Make a run file from dumps; `account` is for files that name none. Ages are measured from the newest report."""
    require_private(runs)
    dump = read(paths, account)
    now = datetime.now(UTC)
    as_of = _as_of(dump.found, now)
    spoken = _mentioned_accounts(dump.found)
    whole = _item(dump.found, ORGANIZATION) or {}
    caller = _item(dump.found, CALLER) or {}
    whose = whole.get("Id") or (spoken[0] if len(spoken) == 1 and not dump.logs else "import")
    run_id = build.free_name(runs, now, str(whose))
    largest = largest_file(dump.found)
    files = len({one.path for one in dump.found}) + len(dump.logs)
    who = (caller.get("Arn"), _partition(dump.found), whole.get("Id"), whole.get("MasterAccountId"))
    facts = RunFacts(run_id, as_of, *who, options={"import": True})
    memory, folders = (LOADING, _folders(paths)) if dump.logs else (MEMORY, [])
    landing = build.begin(runs / f"{run_id}.duckdb", facts, memory, folders)
    try:
        for found in dump.found:
            for texts in slices(found.items):
                landing.land(_raw(found), found.account_id, found.region, canonical_json(found.bound), texts, iso(now))
        logs = load(landing, dump.logs, account)
        logs.add_unread_links(dump.unread, account)
        accounts = _accounts(dump.found, [*spoken, *logs.accounts])
        check_accounts(len(accounts))
        as_of = _set_window(landing, dump.found, logs, as_of)
        note = f"Made from {files} file{'s' if files != 1 else ''}; ages are measured from {as_of}."
        landing.execute("update iamsql.run set notes = ?", [json.dumps([note])])
        visits = [_visit(one, dump, logs) for one in accounts]
        stray = logs.coverage_of_others([one.account_id for one in accounts])
        dump.found.clear()  # DuckDB needs the memory
        path, status = build.finish(landing, visits, iso(now), stray, events=logs.events())
    except IamsqlError as error:
        landing.close()
        landing.partial.unlink(missing_ok=True)
        if isinstance(error, OutOfMemory):
            raise out_of_memory(largest) from error
        raise
    finally:
        landing.close()
    gaps = len(stray) + sum(row.is_gap for visit in visits for row in visit.coverage)
    large = [f"  read in part: {path}: {left_out_message(count)}" for path, count in dump.lost.items()]
    said = [*shared_with(runs), *_lines(visits, dump.ignored), *large, *logs.lines()]
    lines = [*said, note, f"Run file: {path}", *record(path)]
    return ImportResult(path, status, lines, gaps)


def _folders(paths: Sequence[Path]) -> list[Path]:
    """List the folders that hold the log files: those that the user named, and those of the files that the user named."""
    named = {path.resolve() for path in paths}
    return sorted({path if path.is_dir() else path.parent for path in named})


def _set_window(landing: Landing, found: Sequence[Response], logs: LoadedLogs, as_of: str) -> str:
    """Note the window of the events in the run, and where no report dates it, take the last event's time as its own."""
    times = [one.replace(tzinfo=UTC) for one in logs.times if one]
    for one in responses_of(found, EVENTS):
        for time in filter(None, (_time(item.get("EventTime")) for item in one.items)):
            times = [min([time, *times]), max([time, *times])]
    if not times:
        return as_of
    if not any(True for _ in responses_of(found, REPORT)):
        as_of = iso(max(times))
    values = [as_of, min(times).isoformat(), max(times).isoformat()]
    landing.execute("update iamsql.run set started_at = ?, window_start = ?, window_end = ?", values)
    return as_of


def _raw(found: Response) -> str:
    return "_".join(filter(None, (found.service.replace("-", "_"), snake(found.operation), found.part)))


def _item(found: Sequence[Response], call: Call) -> dict[str, Any] | None:
    return next((one.items[0] for one in responses_of(found, call) if one.items), None)


def _as_of(found: Sequence[Response], now: datetime) -> str:
    """Take the newest time that a credential report brings as the run's own: dumps may be years old.

    A user or role that is younger than the report moves it on, so that no age is below nothing.
    """
    made = (_time(row.get("GeneratedTime")) for one in responses_of(found, REPORT) for row in one.items)
    newest = max(filter(None, made), default=None)
    if newest is None:
        return iso(now)
    born = (_time(item.get("CreateDate")) for one in found for item in one.items if isinstance(item, dict))
    return iso(max(newest, max(filter(None, born), default=newest)))


def _time(text: object) -> datetime | None:
    """Read an ISO time; one without a zone is UTC, and what is none is left to the tables."""
    try:
        time = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _mentioned_accounts(found: Sequence[Response]) -> list[str]:
    """Name the accounts that the files speak of, whether or not they list them."""
    org = (ACCOUNTS.operation, ORGANIZATION.operation)
    listed = [str(item["Id"]) for one in responses_of(found, ACCOUNTS) for item in one.items]
    return list(dict.fromkeys([*listed, *sorted({one.account_id for one in found if one.operation not in org})]))


def _accounts(found: Sequence[Response], spoken: Sequence[str]) -> list[Account]:
    """List the accounts that the files list, then those that they only speak of."""
    known = organization.listed(found)
    more = [one for one in dict.fromkeys(spoken) if one not in known]
    return [*known.values(), *(Account(account_id) for account_id in more)]


def _partition(found: Sequence[Response]) -> str:
    """Take the partition from the first ARN of a user, role or caller."""
    arns = (
        str(item.get("Arn") or item.get("arn") or "") for one in found for item in one.items if isinstance(item, dict)
    )
    return next((arn.split(":")[1] for arn in arns if arn.startswith("arn:aws")), "aws")


def _visit(account: Account, dump: Contents, logs: LoadedLogs) -> Visit:
    """Write down which calls the files answer for an account, and which they do not; log files stand in for look-ups."""
    own = [one for one in dump.responses if one.account_id == account.account_id]
    items: Mapping[tuple[str, str], int] = _counts(own)
    rows = logs.coverage(account.account_id, account.name)
    stood_in = {(EVENTS.service, EVENTS.operation)} if rows else set()
    for service, operation in dict.fromkeys((*(one for one in _wanted() if one not in stood_in), *items)):
        row = Covered(account.account_id, account.name, "global", service, operation, "ok")
        if (service, operation) in items:
            rows.append(replace(row, items=items[service, operation]))
        else:
            rows.append(replace(row, status="skipped", error_code="not_imported", error_message=NO_FILE))
    rows = [_keys_in_full(row, own) if row.operation == ACCESS_KEYS.operation else row for row in rows]
    rows = [without_large(row, own, dump.truncated) for row in organization.coverage(account, own, rows)]
    read = any(row.status in ("ok", "partial") for row in rows)
    missing = list(dict.fromkeys(row.operation for row in rows if row.is_gap and row.operation != RECORDS.operation))
    outcome = "read" if not missing else "partial" if read else "not_entered"
    reason = f"no file for {', '.join(missing)}" if read and missing else NO_FILE if missing else None
    return Visit(account, None, outcome, reason, rows)


def _wanted() -> list[tuple[str, str]]:
    """List the calls whose absence is a gap: those of every account, stand-ins left out."""
    wanted = (call for call in all_calls() if not (call.org or call.entered or call.instead_of or call.on_demand))
    return list(dict.fromkeys((call.service, call.operation) for call in wanted))


def _counts(found: Sequence[Response]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for one in found:
        counts[one.service, one.operation] += len(one.items)
    return dict(counts)


def _keys_in_full(row: Covered, found: Sequence[Response]) -> Covered:
    """Call the keys partial when some user of the files has no answer of ListAccessKeys among them."""
    users = {
        item["UserName"] for call in (USER_DETAILS, USERS) for one in responses_of(found, call) for item in _users(one)
    }
    listed = list(responses_of(found, ACCESS_KEYS))
    asked = {str(one.bound.get("UserName")) for one in listed} | {
        item["UserName"] for one in listed for item in _users(one)
    }
    if row.status != "ok" or not (left := users - asked):
        return row
    words = f"No file lists the keys of {len(left)} of {len(users)} users."
    return replace(row, status="partial", error_code="not_imported", error_message=words)


def _users(found: Response) -> Iterator[dict[str, Any]]:
    return (item for item in found.items if isinstance(item, dict) and isinstance(item.get("UserName"), str))


def _lines(visits: Sequence[Visit], ignored: Sequence[tuple[Path, str]]) -> list[str]:
    lines = [f"Imported {len(visits)} account{'s' if len(visits) != 1 else ''}."]
    lines += [f"  {visit.account.account_id}: {visit.reason}" for visit in visits if visit.reason]
    return lines + [f"  left alone: {path}: {reason}" for path, reason in ignored]
