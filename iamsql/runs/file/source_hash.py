"""The hash of everything that the template of run files is made of. A source tree stores its template under this name."""

from __future__ import annotations

import hashlib

from iamsql import catalog
from iamsql.runs.store.open_new import ENGINE
from iamsql.tables.compiler import compiler
from iamsql.version import __version__

# Code that determines the template and the file next to it, in addition to the declarations, which compiler.fingerprint() covers.
SOURCE_FILES = (
    "runs/file/build_template.py",
    "runs/file/client_macros.py",
    "runs/file/clients.csv",
    "runs/file/clients.py",
    "runs/coverage/gaps.py",
    "runs/coverage/joined_calls.py",
    "runs/coverage/not_collected.py",
    "runs/coverage/resource_types.py",
    "runs/file/known_reads.py",
    "runs/store/run_schema.py",
    "runs/store/optional_tables.py",
    "runs/store/query_plans.py",
    "runs/store/referenced_tables.py",
    "catalog/settings/untrusted_files.py",
    "catalog/macro.py",
    "catalog/frontmatter.py",
    "catalog/keys.py",
    "catalog/params.py",
)


def content_hash() -> str:
    """Return the hash of the declarations, the queries, the code that builds the template, and DuckDB's version."""
    digest = hashlib.sha256(f"{__version__} {ENGINE} {compiler.fingerprint()}".encode())
    for name in SOURCE_FILES:
        digest.update((compiler.PACKAGE / name).read_bytes())
    for path, _ in sorted(catalog.files([catalog.shipped_folder()])):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]
