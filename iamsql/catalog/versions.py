"""Find a version of a query by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iamsql.catalog.params import did_you_mean
from iamsql.model import IamsqlError, Query


def find_control(queries: Mapping[str, Sequence[Query]], reference: str, control_names: Sequence[str]) -> Query:
    """Return a control by `name` or `name@version`; `control_names` are the names of all controls.

    Raise IamsqlError for an unknown name or version, and for a query that is not a control.
    """
    name = reference.partition("@")[0]
    if name not in control_names:
        problem = (
            f"{name} is a {queries[name][-1].kind}, not a control" if name in queries else f"no control named {name!r}"
        )
        raise IamsqlError(
            f"{problem}{did_you_mean(name, control_names)} (list the controls with: iamsql queries --kind control)"
        )
    return find_version(queries[name], reference)


def find_version(versions: Sequence[Query], reference: str) -> Query:
    """Return the newest version of a query for `name`, or the version of `name@version`; raise IamsqlError for an unknown one."""
    name, separator, version = reference.partition("@")
    queries_by_version = {str(query.version): query for query in versions}
    if separator and version not in queries_by_version:
        raise IamsqlError(f"{name} has no version {version!r} (it has {', '.join(queries_by_version)})")
    return queries_by_version[version] if separator else versions[-1]
