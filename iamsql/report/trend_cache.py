"""The cache of the numbers of earlier runs. A run file never changes, so its numbers are counted once.

The cache is a folder of the user with a small JSON file for each run. The name of a file is a hash of everything that the
numbers depend on. A file that cannot be read, or has other content, is ignored and written again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from platformdirs import user_cache_dir

from iamsql import catalog
from iamsql.check.mutes import Mute
from iamsql.check.selection import Selection
from iamsql.model import IamsqlError, Query
from iamsql.render.files import atomic_write, make_private
from iamsql.report.contents import NUMBER_KEYS
from iamsql.runs.checksums import read_digests
from iamsql.runs.directory import RunFile, read_regular
from iamsql.tables.compiler import compiler, run_macros
from iamsql.version import __version__

MAX_CACHE_FILE_BYTES = 10_000  # of a file of the cache, which has about 300
MAX_UNUSED_SECONDS = 180 * 86_400.0  # seconds after which a file is deleted

Values = Mapping[str, int | None]


@dataclass(frozen=True)
class NumberCache:
    """The numbers of runs as counted with some controls, values and mutes; `basis` is the hash of these."""

    folder: Path
    basis: str

    def load(self, run: RunFile) -> Values | None:
        """Return the numbers of a run; None if the cache does not have them."""
        path = self._path_of(run)
        with suppress(OSError, ValueError, RecursionError):
            values = _checked_numbers(json.loads(read_regular(path, MAX_CACHE_FILE_BYTES)))
            path.touch()
            return values
        return None

    def store(self, run: RunFile, values: Values) -> None:
        """Store the numbers of a run, and delete files that were not used for a long time. File errors are ignored."""
        with suppress(OSError, IamsqlError):
            make_private(self.folder)
            text = json.dumps({"run_id": run.run_id, "numbers": dict(values)})
            atomic_write(self._path_of(run), lambda stream: stream.write(text), follow=False)
            for path in self.folder.glob("*.json"):
                if time.time() - path.lstat().st_mtime > MAX_UNUSED_SECONDS:
                    path.unlink(missing_ok=True)

    def _path_of(self, run: RunFile) -> Path:
        return self.folder / f"{_hash_value([self.basis, *_run_identity(run)])}.json"


def number_cache(selection: Selection, mutes: Sequence[Mute], other_queries: Sequence[Query]) -> NumberCache:
    """Return the cache for the selected controls; `other_queries` are the other queries of the numbers."""
    queries = [(*control.job, catalog.digest(control.query), control.severity) for control in selection.all_controls]
    other_digests = [catalog.digest(query) for query in other_queries]
    mute_rows = [mute.row(0, mute.expires) for mute in mutes]
    # Not a hash of the package: a change of code that changes the numbers has another version.
    basis = _hash_value(
        [__version__, compiler.fingerprint(), _hash_of_macros(), sorted(set(queries)), other_digests, mute_rows]
    )
    return NumberCache(Path(user_cache_dir("iamsql", appauthor=False)) / "numbers", basis)


@cache
def _hash_of_macros() -> str:
    return _hash_value(sorted(run_macros.macro_texts().items()))


def _run_identity(run: RunFile) -> tuple[Any, ...]:
    """Return what identifies the content of a run file: the digest in SHA256SUMS or, without one, its size and times."""
    digests = set[str]()
    with suppress(IamsqlError):
        digests = read_digests(run.path.parent).get(run.path.name, set())
    size, modified, _ = run.mark
    return (run.run_id, size, *digests) if len(digests) == 1 else (run.run_id, size, modified)


def _checked_numbers(document: Any) -> Values:
    """Return the numbers of a file of the cache. Raise ValueError for other content."""
    values = document.get("numbers") if isinstance(document, dict) else None
    if not isinstance(values, dict) or values.keys() != set(NUMBER_KEYS):
        raise ValueError("keys")
    if not all(value is None or (type(value) is int and value >= 0) for value in values.values()):
        raise ValueError("values")
    return values


def _hash_value(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=str, sort_keys=True).encode()).hexdigest()
