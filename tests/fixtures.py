"""Fixtures that are expensive to build: each is built once for all workers, and stays in build/ until its sources change."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import duckdb
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "test-fixtures"
SOURCES = ("iamsql", "queries", "tests/fake_aws", "tests/conftest.py")
UNUSED = 86_400.0  # seconds after which fixtures of other sources are deleted


def built_once(name: str, build: Callable[[Path], None], *sources: Path) -> Path:
    """Return the folder that `build` filled, in this process or in another.

    The folder belongs to every worker: a test that changes a file in it copies the file first. `sources` are the files that
    the fixture is made of in addition to the product, such as the module that builds it.
    """
    digest = hashlib.sha256(_product().encode())
    for source in sources:
        digest.update(source.read_bytes())
    folder = FOLDER / digest.hexdigest()[:16] / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            partial = folder.with_name(f"{name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            build(partial)
            partial.rename(folder)
            _delete_unused(folder.parent)
    return folder


@cache
def _product() -> str:
    """Return the hash of DuckDB's version and of all files that a run file is made of."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for source in SOURCES:
        path = ROOT / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path] if path.exists() else []:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT)}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _delete_unused(current: Path) -> None:
    current.touch()
    for other in FOLDER.iterdir():
        if other != current and time.time() - other.stat().st_mtime > UNUSED:
            shutil.rmtree(other, ignore_errors=True)
