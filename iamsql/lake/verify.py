"""Compare the files of a lake with its manifest: each exists, with its size and its SHA-256. Unlisted files are counted.

Whoever can write the lake can also write its manifest: the comparison detects damage, and changes that were not made in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from iamsql.catalog import shortened_list
from iamsql.escaping import printable
from iamsql.lake.files import ChangedFileError, MissingFileError
from iamsql.lake.manifest import PARALLEL_READS, existing_manifest, read_run_files
from iamsql.lake.model import LakeFile, LakeRun, Manifest
from iamsql.lake.paths import MANIFEST_FOLDER, is_lake_file, path_part
from iamsql.lake.selection import group_event_files, select_organization
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError, Result
from iamsql.render.cells import pluralize
from iamsql.runs.store.limits import format_size

COLUMNS = {
    "organization": "VARCHAR",
    "content": "VARCHAR",
    "status": "VARCHAR",
    "files": "BIGINT",
    "bytes": "BIGINT",
    "note": "VARCHAR",
}
MAX_SHOWN = 3  # differences that a note lists
INTACT_STATUS, CHANGED_STATUS, MISSING_STATUS = "intact", "changed", "missing"


@dataclass(frozen=True)
class Verification:
    """The rows, whether every file is intact, and lines about files that the manifest does not list."""

    rows: Result
    intact: bool
    lines: list[str]


@dataclass
class VerifiedEntry:
    """The files of a run, or of the events of an organization, and the differences, each with the status that it causes."""

    organization: str
    content: str
    files: list[LakeFile]
    differences: list[tuple[str, str]]

    def row(self) -> tuple[object, ...]:
        """Return the values in the order of COLUMNS."""
        statuses = {status for status, _ in self.differences}
        status = MISSING_STATUS if MISSING_STATUS in statuses else CHANGED_STATUS if statuses else INTACT_STATUS
        note = printable(shortened_list([text for _, text in self.differences], MAX_SHOWN)) or None
        size = sum(file.size for file in self.files)
        return (self.organization, self.content, status, len(self.files), size, note)


def verify(storage: Storage, organization: str | None = None, *, sizes_only: bool = False) -> Verification:
    """Verify a lake, or an organization of it. With `sizes_only`, files are listed and not read.

    The status of a run, or of the events of an organization, is intact, changed or missing.
    """
    manifest = select_organization(existing_manifest(storage), organization, storage.name)
    # After the manifest, so a file of a later manifest counts as unlisted and not as missing.
    stored_sizes = {file.path: file.size for file in storage.listing() if not file.path.startswith(MANIFEST_FOLDER)}
    check = partial(_size_difference, storage, stored_sizes) if sizes_only else storage.check
    parts = []
    with ThreadPoolExecutor(PARALLEL_READS) as threads:
        for part in _entries_to_verify(storage, manifest):
            part.differences += filter(None, threads.map(partial(_status_and_difference, check), part.files))
            parts.append(part)
    listed_paths = {file.path for part in parts for file in part.files}
    rows = [part.row() for part in parts]
    lines = list(
        _format_unlisted({path: size for path, size in stored_sizes.items() if path not in listed_paths}, organization)
    )
    result = Result(tuple(COLUMNS), rows, tuple(COLUMNS.values()))
    return Verification(result, all(not part.differences for part in parts), lines)


def _entries_to_verify(storage: Storage, manifest: Manifest) -> Iterator[VerifiedEntry]:
    for run in sorted(manifest.runs, key=lambda run: (run.organization, run.started_at, run.run_id)):
        yield _entry_of_run(storage, run)
    for (organization,), events in group_event_files(manifest.events, lambda file: (file.organization,)):
        yield VerifiedEntry(organization, "events", [file.file for file in events], [])


def _entry_of_run(storage: Storage, run: LakeRun) -> VerifiedEntry:
    """Return the files of a run. Without the list of its tables' files, only the list itself."""
    try:
        tables = read_run_files(storage, run).tables
    except IamsqlError as error:
        # _status_and_difference finds a list that is missing or has another SHA-256.
        is_found = isinstance(error, MissingFileError | ChangedFileError)
        return VerifiedEntry(
            run.organization,
            run.run_id,
            [run.files],
            [] if is_found else [(CHANGED_STATUS, str(error).splitlines()[0])],
        )
    return VerifiedEntry(
        run.organization, run.run_id, [run.files, *(file for files in tables.values() for file in files)], []
    )


def _status_and_difference(check: Callable[[LakeFile], str], file: LakeFile) -> tuple[str, str] | None:
    try:
        reason = check(file)
    except MissingFileError:
        return MISSING_STATUS, f"{file.path} is missing"
    return (CHANGED_STATUS, f"{file.path}: {reason}") if reason else None


def _size_difference(storage: Storage, stored_sizes: Mapping[str, int], file: LakeFile) -> str:
    if file.path not in stored_sizes:
        raise MissingFileError(storage.name, file.path)
    size = stored_sizes[file.path]
    return "" if size == file.size else f"it has {size} bytes instead of {file.size}"


def _format_unlisted(sizes: Mapping[str, int], organization: str | None) -> Iterator[str]:
    """Yield lines about the files that the manifest does not list."""
    folders = (f"organization={path_part(organization or '')}", path_part(organization or ""))
    unlisted_paths = [
        path
        for path in sizes
        if is_lake_file(path) and (organization is None or not set(folders).isdisjoint(path.split("/")))
    ]
    if unlisted_paths:
        size = format_size(sum(sizes[path] for path in unlisted_paths))
        verb = "is" if len(unlisted_paths) == 1 else "are"
        yield (
            f"{pluralize(len(unlisted_paths), 'file')} of {size} {verb} not in the manifest, because a command was "
            "interrupted, or has replaced or removed files: iamsql lake prune"
        )
    foreign_paths = [path for path in sizes if not is_lake_file(path)]
    if foreign_paths and organization is None:
        paths = printable(shortened_list(sorted(foreign_paths), MAX_SHOWN))
        yield f"{pluralize(len(foreign_paths), 'file')} of another origin: {paths}"
