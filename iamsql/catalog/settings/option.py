"""Declare options. The field of a dataclass is an option of commands, a key of iamsql.toml and a keyword of the Python API.

The command line, the JSON Schema of iamsql.toml, the reference of its keys and the options that a run stores are made from these
declarations. A command takes a dataclass that inherits the groups of options that it needs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import cache
from types import NoneType
from typing import Any, TypeVar, dataclass_transform, get_args, get_origin, get_type_hints

DECLARATION_KEY = "declared"  # the key of a declaration in the metadata of its field
DATE, PATH, PATHS = "date path paths".split()  # forms of values in iamsql.toml that the type does not say
# Who may set a key. ANY: every file, because the key chooses what is read and how it is shown. INSIDE: every file, for a path
# inside of its folder. TRUSTED: a file that the user named or trusts, because the key chooses credentials and roles, what is
# written or deleted, or where findings go.
ANY, INSIDE, TRUSTED = "any inside trusted".split()
# What a resumed run does with an option that its file stores. SCOPE options determine what is read: they come from the file.
# SOURCE and CALLER options determine the organization and the identity that reads it: the user gives them again, a SOURCE option
# with the same value. Other options are not stored.
SCOPE, SOURCE, CALLER = "scope", "source", "caller"
Declaring = TypeVar("Declaring")
ValueCheck = Callable[[str, Any], Any]  # of the name and the value; returns the value, or raises IamsqlError


@dataclass(frozen=True)
class Declaration:
    """The declaration of a field, in addition to its name, its type and its default.

    `flags`: the names on the command line; a field without flags is an argument of the command.
    `help`: the description for the command line, the schema and the reference.
    `default_text`: the description of a default that is not a value.
    `flag_value`: the metavar of an option whose value is optional.
    `bounds`: the smallest and the largest number.
    `envvar`: an environment variable. `exists`: whether a file must exist.

    `toml`: the key in iamsql.toml, such as sync.roles, with an `example` in TOML.
    `form`: DATE, PATH or PATHS for strings of these forms.
    `trust`: ANY, INSIDE or TRUSTED; required for each key.
    `suffixes`: the allowed endings of a file name. `secret`: whether the value is never printed.
    `only_file`: whether the command line refuses the flags; the error names the key of the file.

    `check`: checks a value from every source; an empty string only with `checks_empty`.
    `resolve`: replaces `check` for values of the Python API and of a run.
    `stored`: SCOPE, SOURCE or CALLER for options that a run stores. `api`: whether the Python API has the option as a keyword.
    """

    flags: tuple[str, ...] = ()
    help: str = ""
    metavar: str = ""
    default_text: str = ""
    flag_value: str = ""
    choices: tuple[str, ...] = ()
    bounds: tuple[int | None, int | None] | None = None
    required: bool = False
    envvar: str = ""
    exists: bool = False
    check: ValueCheck | None = None
    checks_empty: bool = False
    resolve: ValueCheck | None = None
    toml: str = ""
    example: str = ""
    form: str = ""
    trust: str = ""
    suffixes: tuple[str, ...] = ()
    secret: bool = False
    only_file: bool = False
    stored: str = ""
    api: bool = True

    def __post_init__(self) -> None:
        """Raise TypeError for a key of iamsql.toml that does not say who may set it."""
        if self.toml and not self.trust:
            raise TypeError(f"The key {self.toml} needs `trust`: who may set it?")


@dataclass(frozen=True)
class Option:
    """A declared field: its name, its type, its default and its declaration. A tuple is an option that can be repeated."""

    name: str
    type: Any
    default: Any
    declared: Declaration

    @property
    def is_multiple(self) -> bool:
        """Return whether the option has several values."""
        return get_origin(self.type) is tuple

    @property
    def value_type(self) -> Any:
        """Return the type of one value: str for an option whose value is optional."""
        types = [member_type for member_type in get_args(self.type) if member_type not in (NoneType, ...)]
        return str if self.declared.flag_value else types[0] if types else self.type

    @property
    def key(self) -> str:
        """Return the key in its section of iamsql.toml, '' for an option that the file does not have."""
        return self.declared.toml.rpartition(".")[2]

    @property
    def label(self) -> str:
        """Return the name of the option for a user: its flag, its key in iamsql.toml, or its name."""
        declaration = self.declared
        has_flag = declaration.flags and not declaration.only_file
        return declaration.flags[0] if has_flag else self.key or self.name

    def checked(self, label: str, value: Any) -> Any:
        """Return a value of the Python API or of a run as the command line checks it. Raise IamsqlError as the check does."""
        check = self.declared.resolve or self.declared.check
        return check(label, value) if check else value


def option(default: Any, *flags: str, **attributes: Any) -> Any:
    """Return the field of an option. The attributes are fields of Declaration."""
    declaration = Declaration(flags, **attributes)
    return field(default=default, metadata={DECLARATION_KEY: declaration}, repr=not declaration.secret)


def option_with_resolver(options_class: type, name: str, resolve: ValueCheck) -> Any:
    """Return the field of an option of another dataclass, with a check that the module of its declaration cannot import."""
    declared_option = next(item for item in options_of(options_class) if item.name == name)
    return field(
        default=declared_option.default, metadata={DECLARATION_KEY: replace(declared_option.declared, resolve=resolve)}
    )


def argument(default: Any, metavar: str, **attributes: Any) -> Any:
    """Return the field of an argument of a command, which has no flag."""
    return option(default, metavar=metavar, **attributes)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def option_set(options_class: type[Declaring]) -> type[Declaring]:
    """Return a class as a dataclass of options, without the methods that no command needs: each takes time to make."""
    return dataclass(frozen=True, kw_only=True, repr=False, eq=False)(options_class)


@cache
def options_of(options_class: type) -> tuple[Option, ...]:
    """Return the options of a dataclass: its own in their order, then the options of its bases."""
    types, declared_fields = (
        get_type_hints(options_class),
        {item.name: item for item in fields(options_class) if DECLARATION_KEY in item.metadata},
    )
    names = dict.fromkeys(
        name for base in options_class.__mro__ for name in inspect.get_annotations(base) if name in declared_fields
    )
    return tuple(
        Option(name, types[name], declared_fields[name].default, declared_fields[name].metadata[DECLARATION_KEY])
        for name in names
    )
