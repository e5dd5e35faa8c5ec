"""Detect runs of a newer iamsql, with other declarations of tables."""

from __future__ import annotations

from iamsql import __version__
from iamsql.schema import compiler
from iamsql.store.held import UPGRADE, is_newer_version
from iamsql.store.read import Facts


def is_newer(facts: Facts) -> bool:
    """Return whether a newer iamsql made the file, with other declarations of tables."""
    if not is_newer_version(facts.iamsql_version):
        return False

    return facts.schema_fingerprint != compiler.fingerprint()


def newer_note(facts: Facts) -> str:
    """Return the note on the answers of such a run."""
    return (
        f"This run was made by iamsql {facts.iamsql_version}, newer than this version ({__version__}): its tables are used as "
        f"stored, and columns may have changed. Upgrade: {UPGRADE}"
    )
