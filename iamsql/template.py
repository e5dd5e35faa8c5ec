"""The file that every run begins as: its tables, still empty, with what is said of them, and its macros; made once, then copied.

Making them takes a second or two, for DuckDB binds each macro with all that it asks; copying takes no time. The file is kept
in the user's cache, under the hash of all that it is made of, and only what nobody else can write is used.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

from iamsql import __version__, catalog, shape
from iamsql.model import IamsqlError, Query
from iamsql.schema import all_calls, all_tables, table_calls
from iamsql.store.files import ENGINE, opens
from iamsql.store.layout import AS_OF, schemas
from iamsql.store.write import Landing
from iamsql.tables._calls import RECORDS
from iamsql.views import _events

MADE_BY = (
    "template.py",
    "store/layout.py",
    "store/names.py",
    "catalog/disk.py",
    "catalog/macro.py",
    "catalog/matter.py",
    "catalog/params.py",
)
UNUSED = 30 * 86_400.0  # seconds after which what another version made is deleted


@cache
def template() -> Path:
    """Give the file, which is made where the cache does not have it, or cannot be trusted."""
    kept = _folder() / f"{_hash()}.duckdb"
    if _mine(kept.parent, stat.S_ISDIR) and _mine(kept, stat.S_ISREG):
        return kept
    with suppress(OSError, IamsqlError):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _mine(kept.parent, stat.S_ISDIR):
            return _made_in(kept)
    return make(Path(_private().name) / kept.name)


def renewed() -> bool:
    """Let go of a file that cannot be read, so that another is made; tell whether it was so."""
    path = template()
    if opens(path):
        return False
    path.unlink(missing_ok=True)
    template.cache_clear()
    return True


def _made_in(kept: Path) -> Path:
    """Make the file beside its place and put it there; two that do so at once put the same there."""
    beside = kept.with_name(f"{token_hex(4)}.duckdb")
    try:
        make(beside).replace(kept)
    finally:
        beside.unlink(missing_ok=True)
    for other in kept.parent.glob("*.duckdb*"):
        if other != kept and time.time() - other.lstat().st_mtime > UNUSED:
            other.unlink(missing_ok=True)
    return kept


def make(path: Path) -> Path:
    """Make the file."""
    landing = Landing(path)
    try:
        relations = all_tables().values()
        raw = [shape.raw_table(call) for call in all_calls() if call != RECORDS]
        own = [*schemas(), *raw, *_events.MADE, _events.as_raw(RECORDS.raw), AS_OF.format("")]
        # What is to be a view is an empty table first: DuckDB binds a macro to that in a third of the time.
        empty = [*shape.macros(), *map(shape.empty, relations), *shape.stubs()]
        queries = [catalog.macro_sql(query) for query in _shipped() if query.dialect == "duckdb"]
        views = [shape.filled(one) for one in relations if not one.stored]
        said = [one for relation in relations for one in shape.comments(relation)]
        with landing.transaction():
            for statements in (own, empty, [*queries, *shape.questions()], views, said):
                landing.execute(";".join(statements))
            landing.note("table_calls", table_calls())
            landing.note("queries", _queries(landing))
        return landing.finish()
    finally:
        landing.close()


def _folder() -> Path:
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("iamsql", appauthor=False)) / "templates"


@cache
def _private() -> TemporaryDirectory[str]:
    """Give a folder that goes away with the process."""
    return TemporaryDirectory(prefix="iamsql-")


def _mine(path: Path, kind: Any) -> bool:
    """Tell whether a file or folder is there, is no link, and nobody but this user can write it."""
    try:
        seen = path.lstat()
    except OSError:
        return False
    own = not hasattr(os, "getuid") or seen.st_uid == os.getuid()
    return bool(kind(seen.st_mode)) and own and not seen.st_mode & 0o022


def _hash() -> str:
    """Hash all that the file is made of: declarations, queries, what makes it of them, and DuckDB's version."""
    digest = hashlib.sha256(f"{__version__} {ENGINE} {shape.fingerprint()}".encode())
    for name in MADE_BY:
        digest.update((files("iamsql") / name).read_bytes())
    for path, _ in sorted(catalog.files([catalog.shipped_folder()])):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


@cache
def _shipped() -> list[Query]:
    """List the shipped queries, which are table macros of the run file, so that any DuckDB client can call them."""
    return [query for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions]


def _queries(landing: Landing) -> list[list[Any]]:
    """Give the rows of iamsql.queries."""
    rows = []
    for query, tables in zip(_shipped(), landing.tables_named([query.sql for query in _shipped()]), strict=True):
        params = [{"name": p.name, "type": p.type, "default": p.default, "about": p.about} for p in query.params]
        about = [query.name, query.version, query.title, query.kind, query.severity, ", ".join(query.tags)]
        told = [json.dumps(params, default=str), json.dumps(sorted(tables)), query.sql, catalog.digest(query)]
        rows.append([*about, *told])
    return rows
