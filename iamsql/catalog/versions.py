"""Find a version of a query by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iamsql.catalog.params import did_you_mean
from iamsql.model import IamsqlError, Query


def find_control(queries: Mapping[str, Sequence[Query]], reference: str, known: Sequence[str]) -> Query:
    """Return a control by `name` or `name@version`; `known` are the names of all controls.

    Raise IamsqlError for an unknown name or version, and for a query that is not a control.
    """
    name = reference.partition("@")[0]
    if name not in known:
        kind = (
            f"{name} is a {queries[name][-1].kind}, not a control" if name in queries else f"no control named {name!r}"
        )
        raise IamsqlError(f"{kind}{did_you_mean(name, known)} (list the controls with: iamsql queries --kind control)")
    return find_version(queries[name], reference)


def find_version(versions: Sequence[Query], reference: str) -> Query:
    """Return the newest version of a query for `name`, or the version of `name@version`; raise IamsqlError for an unknown one."""
    name, mark, version = reference.partition("@")
    known = {str(query.version): query for query in versions}
    if mark and version not in known:
        raise IamsqlError(f"{name} has no version {version!r} (it has {', '.join(known)})")
    return known[version] if mark else versions[-1]
