"""What is compared: one kind of thing, one .sql file of `kinds`, which says on which calls the thing and its columns stand.

The SELECT runs over either run and gives account_id, region, ident (what makes a thing the same), name, resource and value
(what a thing that is new or gone is told by), then the columns that are compared. The comments before it are a closed set:

    stands on    the table and call that tell whether a thing is there; repeatable
    needs        a column, and the table and call that it comes from beside those; repeatable
    unknown      columns in which NULL means unknown: compared where both runs know
    beside       columns that make no change by themselves
    used         of these, those that tell a last use: 'never', or when; NULL where that is not known
    used again   of those, those of which a later use is told too
    guards       calls that both runs must have, or both lack
    organization wide   the calls are made once for the organization, and a resource belongs to no account
    only         the one change that is told, where things come and go without meaning
    on demand    read only when its table is named: told where one run at least has it
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

HEAD = ("account_id", "region", "ident", "name", "resource", "value")
LINE = re.compile(r"^-- ([a-z ]+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Call:
    """A table and the call, service:operation, that it stands on; `column` where only that column does."""

    table: str
    call: str
    column: str = ""


@dataclass(frozen=True)
class ResourceType:
    """A kind of thing and how two runs of it are compared."""

    name: str
    sql: str
    about: str
    depends_on: tuple[Call, ...]
    needs: tuple[Call, ...] = ()
    guards: tuple[Call, ...] = ()
    unknown: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    used: tuple[str, ...] = ()
    used_again: tuple[str, ...] = ()
    organization_wide: bool = False
    only: str = ""
    on_demand: bool = False


@cache
def resource_types() -> dict[str, ResourceType]:
    """Read the kinds, in the order of their names."""
    home = files(__package__) / "kinds"
    names = sorted(entry.name.removesuffix(".sql") for entry in home.iterdir() if entry.name.endswith(".sql"))
    return {name: _read(name, (home / f"{name}.sql").read_text(encoding="utf-8")) for name in names}


def _read(name: str, text: str) -> ResourceType:
    header: dict[str, list[str]] = {}
    for key, value in LINE.findall(text):
        header.setdefault(key, []).append(value.strip())

    def words(key: str) -> tuple[str, ...]:
        return tuple(word for line in header.get(key, []) for word in line.replace(",", " ").split())

    def calls(key: str) -> tuple[Call, ...]:
        return tuple(Call(*line.split()) for line in header.get(key, []))

    needs = tuple(
        Call(table, call, column)
        for line in header.get("needs", [])
        for *columns, table, call in [line.replace(",", " ").split()]
        for column in columns
    )
    return ResourceType(
        name,
        text,
        header["about"][0],
        calls("stands on"),
        needs,
        calls("guards"),
        frozenset(words("unknown")),
        frozenset(words("beside")),
        words("used"),
        words("used again"),
        "organization wide" in header,
        "".join(header.get("only", [])),
        "on demand" in header,
    )
