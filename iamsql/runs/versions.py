"""What a newer iamsql made: a higher version, and declarations of tables that are not ours."""

from __future__ import annotations

from iamsql import __version__
from iamsql.store.held import UPGRADE, is_newer_version
from iamsql.store.read import Facts


def is_newer(facts: Facts) -> bool:
    """Tell whether a newer iamsql made the file, with tables of another shape than ours."""
    if not is_newer_version(facts.iamsql_version):
        return False
    from iamsql.schema import compiler

    return facts.schema_fingerprint != compiler.fingerprint()


def newer_note(facts: Facts) -> str:
    """Say what follows from it for an answer."""
    return (
        f"This run was made by iamsql {facts.iamsql_version}, newer than this one ({__version__}): its tables are read as "
        f"they are stored, and columns may have changed since. Upgrade: {UPGRADE}"
    )
