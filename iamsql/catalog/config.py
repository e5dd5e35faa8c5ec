"""iamsql.toml: what a team has settled for its own organization, its limits and its mutes, in a file beside the work."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iamsql.catalog.benchmarks import read_toml
from iamsql.catalog.files import leads_out
from iamsql.catalog.params import near, value_for
from iamsql.model import IamsqlError, Query

FILE = "iamsql.toml"
KEYS = ("args", "mutes")


@dataclass(frozen=True)
class Settings:
    """Values by query and parameter, and the files of mutes; `path` is '' where there is no file.

    `unnamed` tells that the file was read because it is in the working folder.
    """

    path: str = ""
    unnamed: bool = False
    args: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mutes: tuple[Path, ...] = ()

    def of(self, query: Query) -> Mapping[str, Any]:
        """Give the values for a query: those under its name are for its newest version, name@1 has its own."""
        return self.args.get(_key(query), {})

    def hold_all(self, queries: Collection[Query], broken: Collection[str] = ()) -> None:
        """Hold the values to queries, versions and parameters that there are; those of a broken query are for nothing."""
        known = {_key(query) for query in queries}
        if unknown := [name for name in self.args if name not in known and name.partition("@")[0] not in broken]:
            raise IamsqlError(f"{self.path}: args.{unknown[0]}: no query of that name{near(unknown[0], known)}")
        for query in queries:
            self.hold(query)

    def hold(self, query: Query) -> None:
        """Hold the values for a query to its parameters and their types."""
        own = {param.name: param for param in query.params}
        for name, value in self.of(query).items():
            at = f"{self.path}: args.{_key(query)}.{name}"
            if name not in own:
                raise IamsqlError(f"{at}: {query.name} has no such parameter{near(name, own)}")
            try:
                value_for(query, own[name], value)
            except IamsqlError as error:
                raise IamsqlError(f"{at}: {error}") from None


def is_here() -> bool:
    """Tell whether the working folder has an iamsql.toml."""
    return os.path.lexists(FILE)


def _key(query: Query) -> str:
    return query.name if query.latest else f"{query.name}@{query.version}"


def read_settings(path: Path | None, names: Collection[str]) -> Settings:
    """Read --config, else ./iamsql.toml where there is one; the queries it speaks of must be among the names."""
    chosen = path or Path(FILE)
    if path is None and not is_here():
        return Settings()
    if path is None and leads_out(chosen, Path()):
        raise IamsqlError(
            f"./{FILE} is a link that leads out of the working folder.\nName the file that it leads to: --config FILE"
        )
    tree = read_toml(chosen)
    for key in tree:
        if key not in KEYS:
            raise IamsqlError(f"{chosen}: unknown key {key!r}{near(key, KEYS)} (keys are {', '.join(KEYS)})")
    args = tree.get("args", {})
    if not isinstance(args, dict):
        raise IamsqlError(f"{chosen}: args is a table for each query, such as [args.stale_keys]")
    for name, values in args.items():
        if name.partition("@")[0] not in names:
            raise IamsqlError(f"{chosen}: args.{name}: no query of that name{near(name, names)}")
        if not isinstance(values, dict):
            raise IamsqlError(f"{chosen}: args.{name} is a table of parameters, such as days = 45")
    mutes = tree.get("mutes", [])
    if not isinstance(mutes, list) or not all(isinstance(one, str) for one in mutes):
        raise IamsqlError(f'{chosen}: mutes is a list of files, such as ["mutes.csv"]')
    return Settings(str(chosen), path is None, args, tuple(chosen.parent / one for one in mutes))
