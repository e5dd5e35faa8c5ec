"""Read iamsql.toml: values of query parameters, and suppression files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iamsql.catalog.params import convert_value, did_you_mean
from iamsql.catalog.settings.file import read_config_file
from iamsql.model import IamsqlError, Query


@dataclass(frozen=True)
class Config:
    """The parameter values by query, the suppression files, and the file's own suppressions.

    `path` is '' if there is no file.
    `is_local` is true if the file was found in the working folder, and not given with --config.
    """

    path: str = ""
    is_local: bool = False
    args: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mute_files: tuple[Path, ...] = ()
    mutes: tuple[Mapping[str, Any], ...] = ()

    def of(self, query: Query) -> Mapping[str, Any]:
        """Return the values for a query: `name` applies to the newest version, `name@1` to version 1."""
        return self.args.get(version_reference(query), {})

    def validate_all(self, queries: Collection[Query], invalid: Collection[str] = ()) -> None:
        """Raise IamsqlError for values of an unknown query, version or parameter. Values for invalid queries are ignored."""
        known_names = {version_reference(query) for query in queries}
        if unknown := [name for name in self.args if name not in known_names and name.partition("@")[0] not in invalid]:
            raise IamsqlError(
                f"{self.path}: args.{unknown[0]}: no query of that name{did_you_mean(unknown[0], known_names)}"
            )
        for query in queries:
            self.validate(query)

    def validate(self, query: Query) -> None:
        """Raise IamsqlError for values that the query has no parameter for, or of the wrong type."""
        params = {param.name: param for param in query.params}
        for name, value in self.of(query).items():
            at = f"{self.path}: args.{version_reference(query)}.{name}"
            if name not in params:
                raise IamsqlError(f"{at}: {query.name} has no such parameter{did_you_mean(name, params)}")
            try:
                convert_value(query, params[name], value)
            except IamsqlError as error:
                raise IamsqlError(f"{at}: {error}") from None


def version_reference(query: Query) -> str:
    """Return the name that selects this version of a query: `name` for the newest version, otherwise `name@version`."""
    return query.name if query.latest else f"{query.name}@{query.version}"


def read_config(path: Path | None, names: Collection[str]) -> Config:
    """Read the parameter values and suppression files of --config, otherwise of ./iamsql.toml if it exists.

    `names` are the names of all queries. Raise IamsqlError for an unknown key or query name.
    """
    file = read_config_file(path)
    if file.path is None:
        return Config()
    args = file.tree.get("args", {})
    if not isinstance(args, dict):
        raise file.error("args must have a table for each query, such as [args.stale_keys]")
    for name, values in args.items():
        if name.partition("@")[0] not in names:
            raise file.error(f"args.{name}: no query of that name{did_you_mean(name, names)}")
        if not isinstance(values, dict):
            raise file.error(f"args.{name} must be a table of parameters, such as days = 45")
    mutes = file.tree.get("mutes", [])
    if not isinstance(mutes, list) or not all(isinstance(item, str | dict) for item in mutes):
        raise file.error('mutes must be a list of files, such as ["mutes.csv"], or tables that begin with [[mutes]]')
    files = tuple(file.path.parent / item for item in mutes if isinstance(item, str))
    return Config(str(file.path), file.is_local, args, files, tuple(item for item in mutes if isinstance(item, dict)))
