"""Read the resource types that are compared between two runs: one .sql file of `kinds` for each.

The SELECT runs over either run. It returns account_id, region, ident (which identifies a resource in both runs), name, resource
and value (what a new or gone resource is printed with), and then the columns to compare. The comments before the SELECT
declare how the rows are compared:

    about                a description
    depends on           the table and call that decide whether a resource exists; repeatable
    column depends on    columns, and the additional table and call that the columns come from; repeatable
    null is unknown      columns where NULL means unknown; compared only if both runs have a value
    ignored              columns that are not compared
    first use            columns with the time of the last use, 'never', or NULL if unknown; only the first use is reported
    every use            columns as in `first use`; each later use is also reported
    same coverage        a table and call that both runs must cover, or neither; repeatable
    organization wide    the calls are made once for the organization, and a resource belongs to no account
    only                 the only change that is reported
    on demand            a default sync does not make the calls; if neither run made them, nothing is reported
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FIRST_COLUMNS = ("account_id", "region", "ident", "name", "resource", "value")
HEADER_LINE_PATTERN = re.compile(r"^-- ([a-z ]+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Dependency:
    """A table and a call, service:operation, that fills it; `column` is '' if the resource itself depends on the call.

    With `same_coverage`, both runs must have made the call, or neither.
    """

    table: str
    call: str
    column: str = ""
    same_coverage: bool = False


@dataclass(frozen=True)
class ResourceType:
    """A resource type: the SELECT of its resources, and how these are compared."""

    name: str
    sql: str
    depends_on: tuple[Dependency, ...]
    null_is_unknown: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    first_use: tuple[str, ...] = ()
    every_use: tuple[str, ...] = ()
    organization_wide: bool = False
    only: str = ""
    on_demand: bool = False


@cache
def resource_types() -> dict[str, ResourceType]:
    """Read the resource types, ordered by name."""
    folder = files(__package__) / "kinds"
    names = sorted(entry.name.removesuffix(".sql") for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return {name: _parse_resource_type(name, (folder / f"{name}.sql").read_text(encoding="utf-8")) for name in names}


def _parse_resource_type(name: str, text: str) -> ResourceType:
    header: dict[str, list[str]] = {}
    for key, value in HEADER_LINE_PATTERN.findall(text):
        header.setdefault(key, []).append(value.strip())

    def words(key: str) -> tuple[str, ...]:
        return tuple(word for line in header.get(key, []) for word in line.split())

    dependencies = []
    for key in ("depends on", "same coverage"):
        calls = (line.split() for line in header.get(key, []))
        dependencies += [Dependency(table, call, same_coverage=key == "same coverage") for table, call in calls]
    for line in header.get("column depends on", []):
        *columns, table, call = line.split()
        dependencies += [Dependency(table, call, column) for column in columns]
    return ResourceType(
        name,
        text,
        depends_on=tuple(dependencies),
        null_is_unknown=words("null is unknown"),
        ignored=words("ignored"),
        first_use=words("first use"),
        every_use=words("every use"),
        organization_wide="organization wide" in header,
        only="".join(header.get("only", [])),
        on_demand="on demand" in header,
    )
