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
from iamsql.lake.files import ChangedFile, MissingFile
from iamsql.lake.manifest import PARALLEL_READS, existing_manifest, read_run_files
from iamsql.lake.model import LakeFile, LakeRun, Manifest
from iamsql.lake.paths import MANIFESTS, is_lake_file, path_part
from iamsql.lake.selection import grouped, selected
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError, Result
from iamsql.render.cells import counted
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
INTACT, CHANGED, MISSING = "intact", "changed", "missing"


@dataclass(frozen=True)
class Verification:
    """The rows, whether every file is intact, and lines about files that the manifest does not list."""

    rows: Result
    intact: bool
    lines: list[str]


@dataclass
class Part:
    """The files of a run, or of the events of an organization, and the differences, each with the status that it causes."""

    organization: str
    content: str
    files: list[LakeFile]
    differences: list[tuple[str, str]]

    def row(self) -> tuple[object, ...]:
        """Return the values in the order of COLUMNS."""
        statuses = {status for status, _ in self.differences}
        status = MISSING if MISSING in statuses else CHANGED if statuses else INTACT
        note = printable(shortened_list([text for _, text in self.differences], MAX_SHOWN)) or None
        size = sum(file.size for file in self.files)
        return (self.organization, self.content, status, len(self.files), size, note)


def verify(storage: Storage, organization: str | None = None, *, sizes_only: bool = False) -> Verification:
    """Verify a lake, or an organization of it. With `sizes_only`, files are listed and not read.

    The status of a run, or of the events of an organization, is intact, changed or missing.
    """
    manifest = selected(existing_manifest(storage), organization, storage.name)
    # After the manifest, so a file of a later manifest counts as unlisted and not as missing.
    stored = {file.path: file.size for file in storage.listing() if not file.path.startswith(MANIFESTS)}
    check = partial(_size_difference, storage, stored) if sizes_only else storage.check
    parts = []
    with ThreadPoolExecutor(PARALLEL_READS) as threads:
        for part in _parts_to_verify(storage, manifest):
            part.differences += filter(None, threads.map(partial(_status_and_difference, check), part.files))
            parts.append(part)
    listed_paths = {file.path for part in parts for file in part.files}
    rows = [part.row() for part in parts]
    lines = list(
        _lines_about_unlisted({path: size for path, size in stored.items() if path not in listed_paths}, organization)
    )
    result = Result(tuple(COLUMNS), rows, tuple(COLUMNS.values()))
    return Verification(result, all(not part.differences for part in parts), lines)


def _parts_to_verify(storage: Storage, manifest: Manifest) -> Iterator[Part]:
    for run in sorted(manifest.runs, key=lambda run: (run.organization, run.started_at, run.run_id)):
        yield _part_of_run(storage, run)
    for (organization,), events in grouped(manifest.events, lambda file: (file.organization,)):
        yield Part(organization, "events", [file.file for file in events], [])


def _part_of_run(storage: Storage, run: LakeRun) -> Part:
    """Return the files of a run. Without the list of its tables' files, only the list itself."""
    try:
        tables = read_run_files(storage, run).tables
    except IamsqlError as error:
        # _status_and_difference finds a list that is missing or has another SHA-256.
        is_found = isinstance(error, MissingFile | ChangedFile)
        return Part(
            run.organization, run.run_id, [run.files], [] if is_found else [(CHANGED, str(error).splitlines()[0])]
        )
    return Part(run.organization, run.run_id, [run.files, *(file for files in tables.values() for file in files)], [])


def _status_and_difference(check: Callable[[LakeFile], str], file: LakeFile) -> tuple[str, str] | None:
    try:
        reason = check(file)
    except MissingFile:
        return MISSING, f"{file.path} is missing"
    return (CHANGED, f"{file.path}: {reason}") if reason else None


def _size_difference(storage: Storage, stored: Mapping[str, int], file: LakeFile) -> str:
    if file.path not in stored:
        raise MissingFile(storage.name, file.path)
    size = stored[file.path]
    return "" if size == file.size else f"it has {size} bytes instead of {file.size}"


def _lines_about_unlisted(sizes: Mapping[str, int], organization: str | None) -> Iterator[str]:
    """Yield lines about the files that the manifest does not list."""
    folders = (f"organization={path_part(organization or '')}", path_part(organization or ""))
    owned = [
        path
        for path in sizes
        if is_lake_file(path) and (organization is None or not set(folders).isdisjoint(path.split("/")))
    ]
    if owned:
        size = format_size(sum(sizes[path] for path in owned))
        yield (
            f"{counted(len(owned), 'file')} of {size} {'is' if len(owned) == 1 else 'are'} not in the manifest, because a command "
            "was interrupted, or has replaced or removed files: iamsql lake prune"
        )
    others = [path for path in sizes if not is_lake_file(path)]
    if others and organization is None:
        yield f"{counted(len(others), 'file')} of another origin: {printable(shortened_list(sorted(others), MAX_SHOWN))}"
