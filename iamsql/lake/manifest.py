"""Read the newest manifest of a lake, and commit the next one without losing the changes of another writer.

A version is a file that is created only if it does not exist. A writer whose version exists already applies its change to that
version and tries the next one. No reader sees files before the manifest that lists them.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from secrets import token_hex

from iamsql.lake.files import ChangedFileError, MissingFileError, difference
from iamsql.lake.manifest_json import manifest_text, parse_manifest, parse_run_files
from iamsql.lake.model import LakeRun, Manifest, RunFiles
from iamsql.lake.paths import MANIFEST_FOLDER
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError
from iamsql.runs.store.limits import format_size

MANIFEST_PATH_PATTERN = re.compile(rf"{MANIFEST_FOLDER}(\d{{8}})\.json")
MAX_ATTEMPTS = 100  # of a commit; each fails because another writer has committed
PARALLEL_READS = 10  # files that are read at once
MAX_PAUSE_SECONDS = 2.0  # seconds between two attempts
# Bytes of JSON. A year of daily runs of 3,000 accounts in 30 regions needs 11 MB in a manifest that was never compacted, and a run
# 80 KB for the list of its tables.
MAX_MANIFEST_BYTES = 32 * 2**20
MAX_RUN_FILES_BYTES = 4 * 2**20


def manifest_path(version: int) -> str:
    """Return the path of the manifest of a version."""
    return f"{MANIFEST_FOLDER}{version:08d}.json"


def listed_versions(storage: Storage) -> list[int]:
    """Return the versions that the storage lists, in ascending order. The newest ones can be missing in the listing."""
    matches = (MANIFEST_PATH_PATTERN.fullmatch(file.path) for file in storage.listing(MANIFEST_FOLDER))
    return sorted(int(match[1]) for match in matches if match)


def read_manifest(storage: Storage) -> Manifest:
    """Return the newest manifest of a lake; version 0 without runs for a lake that does not exist.

    Raise IamsqlError for a manifest that was damaged or written by a newer iamsql.
    """
    versions = listed_versions(storage)
    version, content = 0, b""
    if versions:
        version = versions[-1]
        content = storage.read(manifest_path(version), MAX_MANIFEST_BYTES)
    # A listing can be older than the newest version.
    while (next_content := _read_manifest_file(storage, version + 1)) is not None:
        version, content = version + 1, next_content
    return parse_manifest(content, version, storage.name) if version else Manifest()


def read_manifest_version(storage: Storage, path: str) -> Manifest:
    """Return the manifest in a file of this name. Raise MissingFileError, or IamsqlError for a manifest that was damaged."""
    return parse_manifest(
        storage.read(path, MAX_MANIFEST_BYTES),
        int(path.removeprefix(MANIFEST_FOLDER).removesuffix(".json")),
        storage.name,
    )


def existing_manifest(storage: Storage) -> Manifest:
    """Return the newest manifest of a lake. Raise IamsqlError if the lake does not exist."""
    manifest = read_manifest(storage)
    if not manifest.version:
        raise IamsqlError(
            f"There is no lake in {storage.name}.\nCreate it with its first run: iamsql lake add --lake {storage.name}"
        )
    return manifest


def commit(storage: Storage, change: Callable[[Manifest], Manifest]) -> Manifest:
    """Apply a change to the newest manifest, write the result as the next version, and return it.

    `change` is called again if another writer was faster, with the manifest of that writer. It must have uploaded the files
    that it adds. If it returns an equal manifest, nothing is written. After an error, a file that it added must not be deleted:
    the manifest can exist although the storage did not confirm it.
    """
    writer = token_hex(8)
    for attempt in range(MAX_ATTEMPTS):
        current_manifest = read_manifest(storage)
        changed_manifest = replace(change(current_manifest), version=current_manifest.version)
        if changed_manifest == current_manifest:
            return current_manifest
        next_manifest = replace(changed_manifest, version=current_manifest.version + 1)
        if _create_version(storage, next_manifest, writer):
            return next_manifest
        time.sleep(random.uniform(0, min(MAX_PAUSE_SECONDS, 0.02 * 2**attempt)))  # noqa: S311
    raise IamsqlError(
        f"Other writers changed the lake {storage.name} {MAX_ATTEMPTS} times before this change could be written.\n"
        "Repeat the command later."
    )


def all_run_files(storage: Storage, runs: Iterable[LakeRun]) -> list[RunFiles]:
    """Return the files of several runs, which are read in parallel."""
    with ThreadPoolExecutor(PARALLEL_READS) as threads:
        return list(threads.map(lambda run: read_run_files(storage, run), runs))


def read_run_files(storage: Storage, run: LakeRun) -> RunFiles:
    """Return the files of the tables of a run. Raise MissingFileError, or ChangedFileError if the manifest differs."""
    content = storage.read(run.files.path, min(run.files.size, MAX_RUN_FILES_BYTES))
    if reason := difference(content, run.files):
        raise ChangedFileError(storage.name, run.files.path, reason)
    return parse_run_files(content, run, storage.name)


def _create_version(storage: Storage, manifest: Manifest, writer: str) -> bool:
    """Write a version. Return False if another writer has written it.

    S3 can create the file and lose its response. The writer's name in the file shows that it is this one.
    """
    path, content = manifest_path(manifest.version), manifest_text(manifest, writer)
    # What no reader accepts would make the lake useless.
    parse_manifest(content, manifest.version, storage.name)
    if len(content) > MAX_MANIFEST_BYTES:
        raise IamsqlError(
            f"The manifest of the lake {storage.name} would have more than {format_size(MAX_MANIFEST_BYTES)}.\n"
            "Merge its event files with: iamsql lake compact; or remove old runs with: iamsql lake prune"
        )
    try:
        if storage.create(path, content):
            return True
    except IamsqlError:
        if _read_manifest_file(storage, path) == content:
            return True
        raise
    return storage.read(path, MAX_MANIFEST_BYTES) == content


def _read_manifest_file(storage: Storage, path: str | int) -> bytes | None:
    """Return the content of a manifest by its path or version; None if it does not exist."""
    try:
        return storage.read(path if isinstance(path, str) else manifest_path(path), MAX_MANIFEST_BYTES)
    except MissingFileError:
        return None
