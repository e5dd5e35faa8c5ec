"""Lakes that a user with access to all of their files altered: the digests fit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

from iamsql.lake.files import lake_file
from iamsql.lake.manifest import commit, existing_manifest, read_run_files
from iamsql.lake.manifest_json import run_files_text
from iamsql.lake.model import LakeFile, LakeRun, RunFiles
from iamsql.lake.storage import Storage

Tables = dict[str, tuple[LakeFile, ...]]


def alter_tables(storage: Storage, change: Callable[[Tables], Tables], **run: str) -> None:
    """Replace the list of the tables of the newest run, and members of its entry in the manifest."""
    newest = max(existing_manifest(storage).runs, key=lambda entry: entry.run_id)
    tables = change(dict(read_run_files(storage, newest).tables))
    content = run_files_text(RunFiles(newest.run_id, tables))
    path = f"runs/altered/{newest.run_id}-{token_hex(8)}.json"
    assert storage.create(path, content)
    altered: LakeRun = replace(newest, files=lake_file(content, path), **run)
    commit(
        storage,
        lambda manifest: replace(manifest, runs=tuple(altered if run == newest else run for run in manifest.runs)),
    )


def alter_file(storage: Storage, table: str, source: Path, rows: int) -> None:
    """Replace the file of a table of the newest run."""
    path = f"state/table={table}/organization=altered/run=altered/{token_hex(8)}.parquet"
    storage.upload(source, path)
    file = lake_file(source, path, rows)
    alter_tables(storage, lambda tables: {**tables, table: (file,)})


def digests(*folders: Path) -> dict[str, str]:
    """Return the digest of each file of folders, and the target of each link."""
    files = sorted(path for folder in folders for path in folder.rglob("*"))
    return {
        str(path): path.readlink().as_posix() if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_symlink() or path.is_file()
    }
