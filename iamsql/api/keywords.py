"""The keywords of `iamsql.open` and `Run.check`: options of `iamsql query` and `iamsql check`, with types that editors show.

The declared options give their names and defaults. A keyword of several values takes any sequence.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from inspect import Parameter, signature
from typing import Any, TypedDict, TypeVar

from iamsql.catalog.params import did_you_mean
from iamsql.catalog.settings.groups import (
    ConfigFile,
    FileAccess,
    LakeDays,
    PastOrLake,
    QueryFolders,
    RunsFolder,
    Statements,
)
from iamsql.catalog.settings.option import option_set, options_of

Options = TypeVar("Options")
Function = TypeVar("Function", bound=Callable[..., Any])


class OpenKeywords(TypedDict, total=False):
    """The keywords of `iamsql.open`."""

    runs: str | os.PathLike[str] | None
    lake: str | None
    at: str
    days: int | None
    max_bytes: str | None
    organization: str
    queries: Sequence[str]
    config: str | os.PathLike[str] | None
    allow_files: bool
    timeout: float
    memory: str | None


class CheckKeywords(TypedDict, total=False):
    """The keywords of `Run.check`. `args` has the values of parameters by NAME or QUERY.NAME."""

    severity: str
    accounts: Sequence[str]
    days: int | None
    where: str
    mutes: Iterable[str | os.PathLike[str]]
    args: Mapping[str, Any] | None


@option_set
class OpenOptions(PastOrLake, LakeDays, RunsFolder, QueryFolders, ConfigFile, FileAccess, Statements):
    """The options of `iamsql.open`, and the organization of a lake."""

    organization: str = ""


# The defaults that `help` shows.
OPEN_DEFAULTS = {"queries": (), **{item.name: item.default for item in fields(OpenOptions)}}
CHECK_DEFAULTS = {"severity": "", "accounts": (), "days": None, "where": "", "mutes": (), "args": None}


def with_keywords(keywords: type, defaults: Mapping[str, Any]) -> Callable[[Function], Function]:
    """Return a decorator that gives a function a signature with each keyword and its default, for `help` and notebooks."""

    def decorated(function: Function) -> Function:
        spec = signature(function)
        parameters = [item for item in spec.parameters.values() if item.kind is not Parameter.VAR_KEYWORD]
        names = keywords.__annotations__
        options = [
            Parameter(name, Parameter.KEYWORD_ONLY, default=defaults[name], annotation=names[name].__forward_arg__)
            for name in names
        ]
        function.__signature__ = spec.replace(parameters=[*parameters, *options])  # type: ignore[attr-defined]
        return function

    return decorated


def require_keywords(call: str, keywords: type, names_given: Iterable[str]) -> None:
    """Raise TypeError for the first name that is not a keyword of a function."""
    names = list(keywords.__annotations__)
    for name in names_given:
        if name not in names:
            hint = did_you_mean(name, names)
            raise TypeError(f"{call}() has no keyword {name!r}{hint} (keywords are {', '.join(names)})")


def options_from(options_class: type[Options], keyword_values: Mapping[str, Any]) -> Options:
    """Return the options of keywords, which have the name of an option or of its key in iamsql.toml."""
    declaring: type = options_class
    items = options_of(declaring)
    declared = {item.key or item.name: item for item in items} | {item.name: item for item in items}
    values: dict[str, Any] = {}
    for name, value in keyword_values.items():
        item = declared.get(name)
        field = item.name if item else name
        values[field] = tuple(map(item.value_type, value)) if item and item.is_multiple else value
    return options_class(**values)
