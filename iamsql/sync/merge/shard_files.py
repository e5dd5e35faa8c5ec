"""Find the files of the shards to merge, and check that they belong together. The files may have been edited."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from iamsql.catalog.settings.option import SCOPE, SOURCE, options_of
from iamsql.escaping import printable
from iamsql.model import IamsqlError
from iamsql.runs.coverage.scope import shard_option
from iamsql.runs.directory import SHARD_SUFFIX_PATTERN, list_runs
from iamsql.runs.run_names import resolve
from iamsql.runs.status import FINISHED_STATUSES
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.stored_tables import AttachedRun, StoredTables
from iamsql.sync.options import Options
from iamsql.sync.resume.select import RUN_ID
from iamsql.sync.shards import Shard, parse_shard
from iamsql.tables.compiler import compiler

SECONDS = 60.0  # limit of a statement on a shard
RENAMED = timedelta(minutes=10)  # a name that is taken is replaced by one of the next seconds
# What determines the data of a run: all shards have the same.
LIMITS = [option.name for option in options_of(Options) if option.declared.stored in (SCOPE, SOURCE)]
SYNC = "iamsql sync --shard K/N --as-of TIME"
WIDTH = 80  # characters of a value in an error


@dataclass(frozen=True)
class ShardFile:
    """The file of a shard: its metadata, which shard it is, and the notes of its sync."""

    path: Path
    metadata: RunMetadata
    shard: Shard
    notes: tuple[str, ...] = ()

    @property
    def owner(self) -> str:
        """Return the organization or account in the ID of its run."""
        return SHARD_SUFFIX_PATTERN.sub("", self.metadata.run_id.partition("-")[2])


def find_shards(folder: Path, names: Sequence[str] = ()) -> list[ShardFile]:
    """Return the named shards, or the shards of the newest run of the folder that has shards, by their numbers.

    Raise IamsqlError for files that are not finished shards of one run, and for a shard that is named twice.
    """
    shards = [_open_shard(resolve(folder, name)) for name in names] if names else list(_newest_shards(folder))
    if not shards:
        raise IamsqlError(f"There are no shards in {folder}.\nMake them with: {SYNC}")
    by_number: dict[int, ShardFile] = {}
    for file in shards:
        _require_same_run(shards[0], file)
        if duplicate := by_number.get(file.shard.number):
            if names:
                raise IamsqlError(f"{duplicate.path} and {file.path} are both {file.shard}.\nName each shard once.")
            continue  # the newest file of a shard was found first
        by_number[file.shard.number] = file
    return [by_number[number] for number in sorted(by_number)]


def _newest_shards(folder: Path) -> Iterator[ShardFile]:
    """Yield the shards with the start of the newest shard, newest file first."""
    runs = [run for run in list_runs(folder) if run.is_shard and not run.partial and run.started]
    first: ShardFile | None = None
    for run in runs:
        started, newest = run.started, runs[0].started
        if not started or not newest or newest - started > RENAMED or run.owner != runs[0].owner:
            continue
        file = _open_shard(run.path)
        first = first or file
        if (file.metadata.started_at, file.shard.total) == (first.metadata.started_at, first.shard.total):
            yield file


def _open_shard(path: Path) -> ShardFile:
    """Read the metadata of a shard. Raise IamsqlError for another file, and for a shard that is not finished."""
    with StoredTables(path.parent, StatementLimits(SECONDS)) as files:
        run = files.run(path)
        metadata, notes = run.metadata, _read_notes(run)
    option = parse_shard(shard_option(metadata))
    if option is None or not RUN_ID.fullmatch(metadata.run_id) or metadata.started_at is None:
        raise IamsqlError(f"{path} is not a shard of a run.\nMake shards with: {SYNC}")
    if metadata.status not in FINISHED_STATUSES or path.name.endswith(".partial"):
        resume = f"iamsql sync --resume --shard {option.number}/{option.total}"
        raise IamsqlError(f"{path} is not finished.\nContinue it with: {resume}")
    if metadata.schema_fingerprint != compiler.fingerprint():
        raise IamsqlError(
            f"{path} was written by another version of iamsql, {printable(metadata.iamsql_version[:WIDTH])}.\n"
            "Merge the shards with the version that wrote them."
        )
    return ShardFile(path, metadata, option, notes)


def _read_notes(run: AttachedRun) -> tuple[str, ...]:
    """Return the notes of a run; () for any value other than a list of strings."""
    if "notes" not in run.columns.get("iamsql.run", {}):
        return ()
    with suppress(ValueError, TypeError, RecursionError):
        [(text,)] = run.rows("select notes::varchar from {run}.iamsql.run limit 1")
        notes = json.loads(text)
        return tuple(note for note in notes if isinstance(note, str)) if isinstance(notes, list) else ()
    return ()


def _require_same_run(first: ShardFile, other: ShardFile) -> None:
    """Raise IamsqlError if two files are not shards of the same run."""
    ours, theirs = _run_identity(first), _run_identity(other)
    for name, value in ours.items():
        if theirs[name] != value:
            values = [printable(str(value_text))[:WIDTH] for value_text in (value, theirs[name])]
            raise IamsqlError(
                f"{first.path.name} and {other.path.name} are not shards of one run: they differ in {name}, "
                f"{values[0]} and {values[1]}.\nMerge shards with the same --as-of, organization and options."
            )


def _run_identity(file: ShardFile) -> Mapping[str, Any]:
    """Return what all shards of a run have in common, by its name in an error."""
    metadata = file.metadata
    options = {name: metadata.options.get(name) for name in LIMITS if name not in ("shard", "as_of")}
    return {
        "the number of shards": file.shard.total,
        "the organization": file.owner,
        "the partition": metadata.partition,
        "--as-of": metadata.started_at,
        "the start of the events": metadata.window_start,
        "the end of the events": metadata.window_end,
        **{f"the option {name}": value for name, value in options.items()},
    }
