"""The template of run files: empty tables with comments, and macros. It is built once in the user's cache and copied for each run.

Building takes one to two seconds, because DuckDB binds every macro. The file name in the cache is the hash of everything that
the template is made of. The cache is not trusted: a file is used only if template.sha256 of the package lists its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import logging
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

from platformdirs import user_cache_dir

from iamsql import __version__, catalog
from iamsql.coverage.gaps import view_statements
from iamsql.escaping import printable
from iamsql.logs import FOR_USER
from iamsql.model import Query
from iamsql.schema import compiler, run_macros
from iamsql.schema.registry import all_calls, all_tables, table_calls
from iamsql.schema.tables._calls import RECORDS
from iamsql.schema.views import _events
from iamsql.store.folders import make_private
from iamsql.store.layout import AS_OF, schemas
from iamsql.store.open_new import ENGINE, Template, sha256_of
from iamsql.store.writer import RunWriter

DIGESTS = "template.sha256"  # written by `make lock`, in the format of sha256sum
# Code that determines the template, in addition to the declarations, which compiler.fingerprint() covers.
SOURCE_FILES = (
    "runfile/template.py",
    "coverage/gaps.py",
    "store/layout.py",
    "store/referenced_tables.py",
    "catalog/untrusted_files.py",
    "catalog/macro.py",
    "catalog/frontmatter.py",
    "catalog/params.py",
)
UNUSED = 30 * 86_400.0  # seconds after which templates of other versions are deleted


def template() -> Path:
    """Return the template. Build it if the cache does not have it, or has a file that the package does not list.

    The bytes depend on DuckDB's version, and may depend on the platform. If the package lists no digest for the template of this
    environment, every process builds it in a private folder, and the cache is not used.
    """
    return checked_template().path


def plan_file() -> Path:
    """Return a file with the tables, views and macros, for planning statements.

    If the package lists no digest, this is a file in the cache that only this user can write: nothing is copied from it, and
    queries do not wait for a build.
    """
    cached = _folder() / f"{_hash()}-{ENGINE}.duckdb"
    if _listed(f"{_hash()}.duckdb"):
        return template()
    if not (_is_private(cached.parent, stat.S_ISDIR) and _is_private(cached, stat.S_ISREG)):
        _store(template(), cached)
    return cached if _is_private(cached, stat.S_ISREG) else template()


@cache
def checked_template() -> Template:
    """Return the template, and the SHA-256 that it had when it was checked. Copies must have the same."""
    cached = _folder() / f"{_hash()}.duckdb"
    listed = _listed(cached.name)
    if listed and _is_private(cached.parent, stat.S_ISDIR) and _is_private(cached, stat.S_ISREG):
        with suppress(OSError):
            if (digest := sha256_of(cached)) in listed:
                return Template(cached, digest)
        message = f"{cached} was changed or damaged after it was built, and is built again."
        logging.getLogger(__name__).warning("%s", printable(message), extra=FOR_USER)
    built = build(Path(_private().name) / f"{token_hex(4)}.duckdb")
    digest = sha256_of(built)
    if digest in listed:
        _store(built, cached)
    return Template(built, digest)


def digest_line() -> str:
    """Build the template and return its line for template.sha256."""
    with TemporaryDirectory(prefix="iamsql-") as folder:
        return f"{sha256_of(build(Path(folder) / 'built.duckdb'))}  {_hash()}.duckdb\n"


def _listed(name: str) -> set[str]:
    """Return the digests that the package lists for a file of this name."""
    lines = (files(__package__) / DIGESTS).read_text("ascii").splitlines()
    return {digest for digest, _, listed in (line.partition("  ") for line in lines) if listed == name}


def _store(built: Path, cached: Path) -> None:
    """Copy a new template to the cache, and delete unused templates of other versions. File errors are ignored."""
    with suppress(OSError):
        make_private(cached.parent)
        if not _is_private(cached.parent, stat.S_ISDIR):
            return
        temporary = cached.with_name(f"{token_hex(4)}.duckdb")
        try:
            temporary.touch(mode=0o600, exist_ok=False)
            shutil.copyfile(built, temporary)
            temporary.replace(cached)  # another process finds a complete file, or none
        finally:
            temporary.unlink(missing_ok=True)
        for other in cached.parent.glob("*.duckdb*"):
            if other != cached and time.time() - other.lstat().st_mtime > UNUSED:
                other.unlink(missing_ok=True)


def build(path: Path) -> Path:
    """Build the template; the same declarations give the same bytes.

    DuckDB chooses a compression by random samples, so the file is not compressed.
    """
    writer = RunWriter(path, settings=("set force_compression = 'uncompressed'",))
    try:
        relations = all_tables().values()
        raw = [compiler.raw_table(call) for call in all_calls() if call != RECORDS]
        own = [
            *schemas(),
            *view_statements(),
            *raw,
            *_events.CREATE_EVENTS,
            _events.create_raw_view(RECORDS.raw),
            AS_OF.format(""),
        ]
        # Views are empty tables first: binding a macro to a table takes a third of the time.
        empty = [*run_macros.scalar_macros(), *map(compiler.create_table, relations), *run_macros.stubs()]
        queries = [catalog.macro_sql(query) for query in _shipped() if query.dialect == "duckdb"]
        views = [compiler.fill_table(relation) for relation in relations if not relation.stored]
        table_comments = [comment for relation in relations for comment in compiler.comments(relation)]
        with writer.transaction():
            for statements in (own, empty, [*queries, *run_macros.table_macros()], views, table_comments):
                # In one call, because each call waits for threads that read responses of AWS meanwhile.
                writer.execute(";".join(statements))
            writer.insert_rows("table_calls", table_calls())
            writer.insert_rows("queries", _queries(writer))
        return writer.finish()
    finally:
        writer.close()


def _folder() -> Path:
    return Path(user_cache_dir("iamsql", appauthor=False)) / "templates"


@cache
def _private() -> TemporaryDirectory[str]:
    """Return a folder that is removed when the process ends."""
    return TemporaryDirectory(prefix="iamsql-")


def _is_private(path: Path, kind: Any) -> bool:
    """Return whether a file or folder exists, is not a link, and only this user can write it."""
    try:
        status = path.lstat()
    except OSError:
        return False
    own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return bool(kind(status.st_mode)) and own and not status.st_mode & 0o022


def _hash() -> str:
    """Return the hash of the declarations, the queries, the code that builds the template, and DuckDB's version."""
    digest = hashlib.sha256(f"{__version__} {ENGINE} {compiler.fingerprint()}".encode())
    for name in SOURCE_FILES:
        digest.update((files("iamsql") / name).read_bytes())
    for path, _ in sorted(catalog.files([catalog.shipped_folder()])):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


@cache
def _shipped() -> list[Query]:
    """Return the shipped queries, which become table macros of the run file, so that any DuckDB client can call them."""
    return [query for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions]


def _queries(writer: RunWriter) -> list[list[Any]]:
    """Return the rows of iamsql.queries."""
    rows = []
    for query, tables in zip(_shipped(), writer.tables_of([query.sql for query in _shipped()]), strict=True):
        params = [{"name": p.name, "type": p.type, "default": p.default, "about": p.about} for p in query.params]
        about = [query.name, query.version, query.title, query.kind, query.severity, ", ".join(query.tags)]
        details = [json.dumps(params, default=str), json.dumps(sorted(tables)), query.sql, catalog.digest(query)]
        rows.append([*about, *details])
    return rows
