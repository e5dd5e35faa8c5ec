"""The keys of iamsql.toml, from the declarations of options. A key has the name of an option of a command.

The reader, the JSON Schema, the documentation and the commands use these keys. Each key states whether an iamsql.toml that nobody
named may set it, because the file of a working folder can come from somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from iamsql.catalog.settings.check_options import CheckOptions
from iamsql.catalog.settings.groups import Organizations, QueryFolders, RunsFolder, SafeRows, Statements
from iamsql.catalog.settings.notify_options import NotifyOptions, TargetSettings
from iamsql.catalog.settings.option import ANY, DATE, INSIDE, PATH, PATHS, TRUSTED, Option, options_of
from iamsql.catalog.settings.report_options import ReportOptions
from iamsql.catalog.settings.run_options import RunOptions
from iamsql.catalog.settings.sync_options import OPTION_GROUPS, SyncOptions

__all__ = ["ANY", "DATE", "INSIDE", "OPTION_GROUPS", "PATH", "PATHS", "TRUSTED"]
TEXT, TEXTS, INTEGER, NUMBER, BOOLEAN = "text texts integer number boolean".split()
FORMS_BY_TYPE = {str: TEXT, timedelta: TEXT, int: INTEGER, float: NUMBER, bool: BOOLEAN, Path: PATH}
LIST_FORMS = {TEXT: TEXTS, PATH: PATHS}


@dataclass(frozen=True)
class Setting:
    """A key: its section, name and type, and the option or argument of the command that it sets.

    `section`: the name of the command, or '' for keys of every command. `trust`: ANY, INSIDE or TRUSTED.
    `example`: a value in TOML. `choices`: the possible values, if they are few.
    `secret`: whether the value is never printed. `suffixes`: the allowed endings of a file name.
    `only_file`: whether the command line does not have the option. An environment variable can still set it.
    """

    section: str
    key: str
    form: str
    trust: str
    option: str
    about: str
    example: str
    choices: tuple[str, ...] = ()
    secret: bool = False
    suffixes: tuple[str, ...] = ()
    only_file: bool = False
    envvar: str = ""

    @property
    def name(self) -> str:
        """Return the section and the key, such as sync.roles."""
        return f"{self.section}.{self.key}" if self.section else self.key


def _make_setting(item: Option) -> Setting:
    declaration = item.declared
    section, _, key = declaration.toml.rpartition(".")
    form = declaration.form or FORMS_BY_TYPE[item.value_type]
    form = LIST_FORMS.get(form, form) if item.is_multiple else form
    flag = declaration.flags[0] if declaration.flags else item.name
    other_fields = (
        declaration.example,
        declaration.choices,
        declaration.secret,
        declaration.suffixes,
        declaration.only_file,
        declaration.envvar,
    )
    return Setting(section, key, form, declaration.trust, flag, declaration.help, *other_fields)


def _settings_of_section(section: str, *options_classes: type) -> Iterator[Setting]:
    settings = [
        _make_setting(item)
        for options_class in options_classes
        for item in options_of(options_class)
        if item.declared.toml
    ]
    return (setting for setting in settings if setting.section == section)


COMMON_SETTINGS = tuple(_settings_of_section("", RunsFolder, QueryFolders, Statements, SafeRows, Organizations))
SYNC_SETTINGS = tuple(_settings_of_section("sync", SyncOptions))
CHECK_SETTINGS = tuple(_settings_of_section("check", CheckOptions))
REPORT_SETTINGS = tuple(_settings_of_section("report", ReportOptions))
NOTIFY_SETTINGS = tuple(_settings_of_section("notify", NotifyOptions, TargetSettings))
RUN_SETTINGS = tuple(_settings_of_section("run", RunOptions))
SETTINGS_BY_SECTION = {
    "": COMMON_SETTINGS,
    "sync": SYNC_SETTINGS,
    "check": CHECK_SETTINGS,
    "report": REPORT_SETTINGS,
    "notify": NOTIFY_SETTINGS,
    "run": RUN_SETTINGS,
}
SETTINGS = tuple(setting for settings in SETTINGS_BY_SECTION.values() for setting in settings)
# An organization has the settings of `sync` and its runs folder directly, and a table for each other command.
TABLES_OF_ORGANIZATION = ("check", "report", "notify", "run")
ORGANIZATION_NAME_PATTERN = r"[a-z0-9_-]+"
