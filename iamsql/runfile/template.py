"""The file that every run begins as: its tables, still empty, with what is said of them, and its macros; made once, then copied.

Making them takes a second or two, for DuckDB binds each macro with all that it asks; copying takes no time. The file is kept
in the user's cache, under the hash of all that it is made of. The cache is not trusted: a file counts only when its SHA-256
is listed in template.sha256, which is part of the package.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import time
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

from iamsql import __version__, catalog
from iamsql.coverage.gaps import view_statements
from iamsql.escaping import printable
from iamsql.model import Query
from iamsql.schema import compiler
from iamsql.schema.registry import all_calls, all_tables, table_calls
from iamsql.schema.tables._calls import RECORDS
from iamsql.schema.views import _events
from iamsql.store.folders import make_private
from iamsql.store.layout import AS_OF, schemas
from iamsql.store.open_new import ENGINE, sha256_of
from iamsql.store.writer import RunWriter

DIGESTS = "template.sha256"  # written by `make lock`, in the format of sha256sum
MADE_BY = (
    "runfile/template.py",
    "coverage/gaps.py",
    "store/layout.py",
    "store/referenced_tables.py",
    "catalog/files.py",
    "catalog/macro.py",
    "catalog/frontmatter.py",
    "catalog/params.py",
)
UNUSED = 30 * 86_400.0  # seconds after which what another version made is deleted


def template() -> Path:
    """Return the file; build it where the cache has none, or one of other content than the package lists.

    The bytes depend on DuckDB's version, and may depend on the platform. Where the package lists no digest for what is built
    here, every process builds the file in a private folder, and the cache is not used.
    """
    return _checked()[0]


def plan_file() -> Path:
    """Return a file with the tables, views and macros, of which plans of statements are made.

    Where the package lists no digest, this is a file in the cache that nobody but this user can write: nothing is copied from
    it, and a query does not wait until it is built again.
    """
    cached = _folder() / f"{_hash()}-{ENGINE}.duckdb"
    if _listed(f"{_hash()}.duckdb"):
        return template()
    if not (_is_private(cached.parent, stat.S_ISDIR) and _is_private(cached, stat.S_ISREG)):
        _store(template(), cached)
    return cached if _is_private(cached, stat.S_ISREG) else template()


def template_digest() -> str:
    """Return the SHA-256 that the file had when it was checked: a copy must have the same."""
    return _checked()[1]


def rebuild() -> None:
    """Forget the file, so that the next call checks the cache again."""
    _checked.cache_clear()


@cache
def _checked() -> tuple[Path, str]:
    """Return the file and its SHA-256."""
    cached = _folder() / f"{_hash()}.duckdb"
    listed = _listed(cached.name)
    if listed and _is_private(cached.parent, stat.S_ISDIR) and _is_private(cached, stat.S_ISREG):
        with suppress(OSError):
            if (digest := sha256_of(cached)) in listed:
                return cached, digest
        _report(f"{cached} was changed or damaged since it was made, and is made anew.")
    built = build(Path(_private().name) / f"{token_hex(4)}.duckdb")
    digest = sha256_of(built)
    if digest in listed:
        _store(built, cached)
    return built, digest


def digest_line() -> str:
    """Build the file and return its line for template.sha256."""
    with TemporaryDirectory(prefix="iamsql-") as folder:
        return f"{sha256_of(build(Path(folder) / 'built.duckdb'))}  {_hash()}.duckdb\n"


def _listed(name: str) -> set[str]:
    """Return the digests that the package lists for a file of this name."""
    lines = (files(__package__) / DIGESTS).read_text("ascii").splitlines()
    return {digest for digest, _, listed in (line.partition("  ") for line in lines) if listed == name}


def _report(message: str) -> None:
    """Warn on stderr, where Python writes a warning that no application handles."""
    import logging

    logging.getLogger("iamsql").warning("%s", printable(message))


def _store(built: Path, cached: Path) -> None:
    """Copy a new file into the cache, and delete what other versions left there; a cache that takes no file is no error."""
    with suppress(OSError):
        make_private(cached.parent)
        if not _is_private(cached.parent, stat.S_ISDIR):
            return
        beside = cached.with_name(f"{token_hex(4)}.duckdb")
        try:
            beside.touch(mode=0o600, exist_ok=False)
            shutil.copyfile(built, beside)
            beside.replace(cached)
        finally:
            beside.unlink(missing_ok=True)
        for other in cached.parent.glob("*.duckdb*"):
            if other != cached and time.time() - other.lstat().st_mtime > UNUSED:
                other.unlink(missing_ok=True)


def build(path: Path) -> Path:
    """Make the file; the same declarations give the same bytes.

    DuckDB chooses a compression by samples that it draws at random, so the file has none.
    """
    writer = RunWriter(path, settings=("set force_compression = 'uncompressed'",))
    try:
        relations = all_tables().values()
        raw = [compiler.raw_table(call) for call in all_calls() if call != RECORDS]
        own = [*schemas(), *view_statements(), *raw, *_events.MADE, _events.as_raw(RECORDS.raw), AS_OF.format("")]
        # What is to be a view is an empty table first: DuckDB binds a macro to that in a third of the time.
        empty = [*compiler.macros(), *map(compiler.create_table, relations), *compiler.stubs()]
        queries = [catalog.macro_sql(query) for query in _shipped() if query.dialect == "duckdb"]
        views = [compiler.fill_table(one) for one in relations if not one.stored]
        said = [one for relation in relations for one in compiler.comments(relation)]
        with writer.transaction():
            for statements in (own, empty, [*queries, *compiler.table_macros()], views, said):
                writer.execute(";".join(statements))
            writer.insert_rows("table_calls", table_calls())
            writer.insert_rows("queries", _queries(writer))
        return writer.finish()
    finally:
        writer.close()


def _folder() -> Path:
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("iamsql", appauthor=False)) / "templates"


@cache
def _private() -> TemporaryDirectory[str]:
    """Give a folder that goes away with the process."""
    return TemporaryDirectory(prefix="iamsql-")


def _is_private(path: Path, kind: Any) -> bool:
    """Tell whether a file or folder is there, is no link, and nobody but this user can write it."""
    try:
        seen = path.lstat()
    except OSError:
        return False
    own = not hasattr(os, "getuid") or seen.st_uid == os.getuid()
    return bool(kind(seen.st_mode)) and own and not seen.st_mode & 0o022


def _hash() -> str:
    """Hash all that the file is made of: declarations, queries, what makes it of them, and DuckDB's version."""
    digest = hashlib.sha256(f"{__version__} {ENGINE} {compiler.fingerprint()}".encode())
    for name in MADE_BY:
        digest.update((files("iamsql") / name).read_bytes())
    for path, _ in sorted(catalog.files([catalog.shipped_folder()])):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


@cache
def _shipped() -> list[Query]:
    """List the shipped queries, which are table macros of the run file, so that any DuckDB client can call them."""
    return [query for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions]


def _queries(writer: RunWriter) -> list[list[Any]]:
    """Give the rows of iamsql.queries."""
    rows = []
    for query, tables in zip(_shipped(), writer.tables_named([query.sql for query in _shipped()]), strict=True):
        params = [{"name": p.name, "type": p.type, "default": p.default, "about": p.about} for p in query.params]
        about = [query.name, query.version, query.title, query.kind, query.severity, ", ".join(query.tags)]
        told = [json.dumps(params, default=str), json.dumps(sorted(tables)), query.sql, catalog.digest(query)]
        rows.append([*about, *told])
    return rows
