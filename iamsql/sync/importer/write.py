"""Import files into a run file: their responses are written as if a sync had received them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamsql.aws.items import without_members
from iamsql.canonical_json import canonical_json
from iamsql.escaping import printable
from iamsql.model import Account, Call, IamsqlError
from iamsql.render.cells import pluralize
from iamsql.runs.checksums import record
from iamsql.runs.file import build
from iamsql.runs.file.rows import AccountResult, RunRow, iso_seconds
from iamsql.runs.private_files import require_private, shared_with
from iamsql.runs.store.open_new import MEMORY
from iamsql.runs.store.write_errors import OutOfMemoryError
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.importer import organization
from iamsql.sync.importer.actions import write_actions
from iamsql.sync.importer.cloudtrail import LOADING, LoadedLogs, check_accounts, load
from iamsql.sync.importer.coverage import account_result
from iamsql.sync.importer.items import Items, left_out_message
from iamsql.sync.importer.organization import select_items, select_responses
from iamsql.sync.importer.read import Contents, read
from iamsql.sync.importer.responses import Response, objects
from iamsql.tables.calls.account import ACCOUNTS, CALLER, EVENTS, ORGANIZATION, REPORT
from iamsql.tables.registry import all_calls

SLICE = 4_000_000  # characters of items that are written at once
OUT_OF_MEMORY = (
    f"The tables of the import need more than the {MEMORY} of memory that DuckDB has.\n"
    "Split it by list or by account, and import each part as a run of its own."
)


@dataclass(frozen=True)
class ImportResult:
    """The result of an import: the file, its status, and lines for the user."""

    path: Path
    status: str
    lines: list[str]


def import_files(paths: Sequence[Path], account: str | None, runs: Path) -> ImportResult:
    """Write a run file from files. `account` owns files without an account. Ages are measured from the newest report.

    Raise IamsqlError, and write no run, for files that cannot be used.
    """
    require_private(runs)
    contents = read(paths, account)
    now = datetime.now(UTC)
    mentioned = _mentioned_accounts(contents.responses)
    run = _run_row(contents, mentioned, runs, now)
    largest = _largest_file(contents.responses)
    files = len({item.path for item in contents.responses if not item.is_assumed}) + len(contents.logs)
    # DuckDB reads the log files itself, so it needs access to their folders.
    memory, folders = (LOADING, _readable_folders(paths)) if contents.logs else (MEMORY, [])
    writer = build.create(runs / f"{run.run_id}.duckdb", run, memory, folders)
    try:
        _write_items(writer, contents.responses, iso_seconds(now))
        logs = load(writer, contents.logs, contents.unread_links)
        accounts = _all_accounts(contents.responses, [*mentioned, *logs.accounts])
        check_accounts(len(accounts))
        as_of = _set_window(writer, contents.responses, logs, run.started_at)
        note = f"Made from {pluralize(files, 'file')}; ages are measured from {as_of}."
        writer.execute("update iamsql.run set notes = ?", [json.dumps([note])])
        results = [account_result(account, contents, logs) for account in accounts]
        coverage_of_others = logs.coverage_of_others([account.account_id for account in accounts])
        if accounts:
            has_logs = bool(logs.spans)
            coverage_of_others += write_actions(
                writer, accounts[0], contents.responses, iso_seconds(now), has_logs=has_logs
            )
        contents.responses.clear()  # DuckDB needs the memory
        rows = [*coverage_of_others, *(row for result in results for row in result.coverage)]
        writer.journal.add(rows, logs.events())
        writer.insert_rows("accounts", [result.values(position) for position, result in enumerate(results, 1)])
        path, status = build.finish(writer, results, coverage_of_others, iso_seconds(now))
    except IamsqlError as error:
        writer.close()
        writer.partial.unlink(missing_ok=True)
        if isinstance(error, OutOfMemoryError):
            raise IamsqlError(largest + OUT_OF_MEMORY) from error
        raise
    finally:
        writer.close()
    large = [
        f"  read in part: {_printable_path(path)}: {left_out_message(count)}"
        for path, count in contents.truncated.items()
    ]
    messages = [*shared_with(runs), *_result_lines(results, contents.ignored), *large, *logs.lines()]
    lines = [*messages, note, f"Run file: {path}", *record(path)]
    return ImportResult(path, status, lines)


def _run_row(contents: Contents, mentioned: Sequence[str], runs: Path, now: datetime) -> RunRow:
    """Return the row of iamsql.run. The run is named after the organization, the only account, or the import."""
    organization_item = next(select_items(contents.responses, ORGANIZATION), {})
    caller = next(select_items(contents.responses, CALLER), {})
    organization_id, management = organization_item.get("Id"), organization_item.get("MasterAccountId")
    owner = organization_id or (mentioned[0] if len(mentioned) == 1 and not contents.logs else "import")
    identity = (caller.get("Arn"), _find_partition(contents.responses), organization_id, management)
    run_id, as_of = build.free_name(runs, now, str(owner)), _reference_time(contents.responses, now)
    return RunRow(run_id, as_of, *identity, options={"import": True})


def _write_items(writer: RunWriter, responses: Sequence[Response], now: str) -> None:
    """Write the items of the responses to their raw tables, without members that may contain secrets."""
    secret = {call.raw: call.left_out for call in all_calls() if call.left_out}
    for response in responses:
        raw = Call(response.service, response.operation, part=response.part).raw
        bound, left_out = canonical_json(response.bound), secret.get(raw, ())
        for texts in _split_items(without_members(response.items, left_out) if left_out else response.items):
            writer.write_items(raw, response.account_id, response.region, bound, texts, now)


def _split_items(items: Items | list[Any]) -> Iterator[list[str]]:
    """Yield items as JSON in lists of at least SLICE characters; yield at least one list."""
    texts, size = list[str](), 0
    for item in items:
        texts.append(canonical_json(item))
        size += len(texts[-1])
        if size >= SLICE:
            yield texts
            texts, size = [], 0
    if texts or not items:
        yield texts


def _largest_file(responses: Sequence[Response]) -> str:
    """Return the file with the most items, followed by ': '; '' if there is none."""
    sizes = Counter[Path]()
    for response in responses:
        sizes[response.path] += len(response.items)
    return f"{sizes.most_common(1)[0][0]}: " if sizes else ""


def _readable_folders(paths: Sequence[Path]) -> list[Path]:
    """Return the folders that DuckDB may read: the given folders, and the parents of the given files."""
    absolute_paths = {path.resolve() for path in paths}
    return sorted({path if path.is_dir() else path.parent for path in absolute_paths})


def _set_window(writer: RunWriter, responses: Sequence[Response], logs: LoadedLogs, as_of: str) -> str:
    """Store the window of the events in the run. Without a report, the time of the last event becomes the time of the run."""
    times = [time.replace(tzinfo=UTC) for time in logs.times if time]
    for time in filter(None, (_parse_time(item.get("EventTime")) for item in select_items(responses, EVENTS))):
        times = [min([time, *times]), max([time, *times])]
    if not times:
        return as_of
    if next(select_responses(responses, REPORT), None) is None:
        as_of = iso_seconds(max(times))
    values = [as_of, min(times).isoformat(), max(times).isoformat()]
    writer.execute("update iamsql.run set started_at = ?, window_start = ?, window_end = ?", values)
    return as_of


def _reference_time(responses: Sequence[Response], now: datetime) -> str:
    """Return the time of the newest credential report, or of a user or role that was created after it.

    Files may be years old, so the current time would make every age too high. No age may be negative.
    """
    generated = (_parse_time(row.get("GeneratedTime")) for row in select_items(responses, REPORT))
    newest = max(filter(None, generated), default=None)
    if newest is None:
        return iso_seconds(now)
    created = (_parse_time(item.get("CreateDate")) for item in objects(responses))
    return iso_seconds(max(newest, max(filter(None, created), default=newest)))


def _parse_time(text: object) -> datetime | None:
    """Parse an ISO 8601 time, UTC if it has no offset; None for other text."""
    try:
        time = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _mentioned_accounts(responses: Sequence[Response]) -> list[str]:
    """Return the accounts that the files list, then the other accounts that they mention."""
    org = (ACCOUNTS.operation, ORGANIZATION.operation)
    listed_ids = [str(item["Id"]) for item in select_items(responses, ACCOUNTS)]
    mentioned = {response.account_id for response in responses if response.operation not in org}
    return list(dict.fromkeys([*listed_ids, *sorted(mentioned)]))


def _all_accounts(responses: Sequence[Response], mentioned: Sequence[str]) -> list[Account]:
    """Return the accounts that the files list, then those that they only mention."""
    listed_accounts = organization.accounts_by_id(responses)
    mentioned_accounts = [account_id for account_id in dict.fromkeys(mentioned) if account_id not in listed_accounts]
    return [*listed_accounts.values(), *(Account(account_id) for account_id in mentioned_accounts)]


def _find_partition(responses: Sequence[Response]) -> str:
    """Return the partition of the first ARN of a user, role or caller."""
    arns = (str(item.get("Arn") or item.get("arn") or "") for item in objects(responses))
    return next((arn.split(":")[1] for arn in arns if arn.startswith("arn:aws")), "aws")


def _result_lines(results: Sequence[AccountResult], ignored: Sequence[tuple[Path, str]]) -> list[str]:
    lines = [f"Imported {pluralize(len(results), 'account')}."]
    lines += [f"  {result.account.account_id}: {result.reason}" for result in results if result.reason]
    return lines + [f"  skipped: {_printable_path(path)}: {reason}" for path, reason in ignored]


def _printable_path(path: Path) -> str:
    """Return a path in one line."""
    return printable(str(path))
