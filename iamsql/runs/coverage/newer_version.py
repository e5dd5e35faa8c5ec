"""Runs that a newer version of iamsql wrote, with other declarations of tables."""

from __future__ import annotations

from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.open_errors import UPGRADE_HINT, is_newer_version
from iamsql.tables.compiler import compiler
from iamsql.version import __version__


def is_newer(metadata: RunMetadata) -> bool:
    """Return whether a newer version of iamsql, whose tables differ from the tables of this version, wrote the run."""
    return metadata.schema_fingerprint != compiler.fingerprint() and is_newer_version(metadata.iamsql_version)


def newer_note(metadata: RunMetadata) -> str:
    """Return the caveat for the answers of such a run."""
    return (
        f"This run was made by iamsql {metadata.iamsql_version}, newer than this version ({__version__}): its tables are used as "
        f"stored, and columns may have changed. To read all of it, {UPGRADE_HINT}."
    )
