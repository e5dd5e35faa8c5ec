"""Read the settings of iamsql.toml: each key and type is checked, and paths are relative to the folder of the file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from iamsql.catalog.params import did_you_mean
from iamsql.catalog.settings import declarations as settings
from iamsql.catalog.settings.declarations import OPTION_GROUPS, ORGANIZATION_NAME_PATTERN, SETTINGS_BY_SECTION, Setting
from iamsql.catalog.settings.file import (
    MAX_KEY_CHARACTERS,
    SECTIONS,
    TOP_LEVEL_KEYS,
    ConfigFile,
    read_config_file,
    require_secret,
)
from iamsql.model import IamsqlError

FORM_DESCRIPTIONS = {
    settings.TEXT: 'a text, such as "x"',
    settings.TEXTS: 'a list of texts, such as ["x"]',
    settings.INTEGER: "an integer, such as 30",
    settings.NUMBER: "a number, such as 30",
    settings.BOOLEAN: "true or false",
    settings.DATE: "a date, such as 2026-03-01",
    settings.PATH: 'a path, such as "x"',
    settings.PATHS: 'a list of paths, such as ["x"]',
}


@dataclass(frozen=True)
class SettingValue:
    """A value of the file, with its setting and its key in the file, such as organization.prod.roles."""

    setting: Setting
    value: Any
    key: str


SettingValues = Mapping[str, SettingValue]  # by key


@dataclass(frozen=True)
class Configuration:
    """The settings of a file by section, and of each organization by section. Without a file, both are empty."""

    file: ConfigFile
    sections: Mapping[str, SettingValues] = field(default_factory=dict)
    organizations: Mapping[str, Mapping[str, SettingValues]] = field(default_factory=dict)

    def values(self, section: str, organization: str = "") -> SettingValues:
        """Return the values of a section; values of the organization replace general values."""
        general_values = self.sections.get(section, {})
        if not organization:
            return general_values
        organization_values = self.organizations[self.require(organization)].get(section, {})
        replaced_keys = {
            key
            for group in OPTION_GROUPS
            if section == "sync" and organization_values.keys() & set(group)
            for key in group
        }
        return {
            **{key: value for key, value in general_values.items() if key not in replaced_keys},
            **organization_values,
        }

    def all_values(self) -> Iterator[SettingValue]:
        """Yield every value of the file."""
        for sections in (self.sections, *self.organizations.values()):
            for values in sections.values():
                yield from values.values()

    def require(self, organization: str) -> str:
        """Return the name of an organization; raise IamsqlError if the file has no block for it."""
        if self.file.path is None:
            raise IamsqlError(
                f"--organization {organization} needs a configuration file, and ./iamsql.toml does not exist.\n"
                "Name the file: --config FILE"
            )
        if organization not in self.organizations:
            known_names = ", ".join(self.organizations) or "none"
            hint = did_you_mean(organization, self.organizations) or f" (there are: {known_names})"
            raise self.file.error(f"no [organization.{organization}]{hint}")
        return organization

    def runs_folder(self, organization: str, given_folder: str | Path | None, default: Path) -> Path:
        """Return the runs folder of an organization: the folder of its block, otherwise a subfolder of the general runs folder.

        `given_folder` is the folder of --runs or IAMSQL_RUNS, which replaces the folders of the file.
        """
        own_value = self.organizations[self.require(organization)].get("", {}).get("runs")
        if own_value and not given_folder:
            return Path(own_value.value)
        general_value = self.sections.get("", {}).get("runs")
        return Path(given_folder or (general_value.value if general_value else default)) / organization


def read_configuration(path: Path | None) -> Configuration:
    """Read the file that the user named, otherwise ./iamsql.toml if it exists.

    Raise IamsqlError for an unknown key, a value of another type, and an external ID in a file that other users can read.
    """
    file = read_config_file(path)
    top_level_values = {
        key: value for key, value in file.tree.items() if key not in (*SECTIONS, "organization", "args", "mutes")
    }
    sections = {"": _read_values(file, "", top_level_values, (), TOP_LEVEL_KEYS)}
    for section in SECTIONS:
        sections[section] = _read_values(file, section, _require_table(file, section, file.tree.get(section, {})))
    blocks = _require_table(file, "organization", file.tree.get("organization", {}))
    organizations = {name: _read_organization(file, name, block) for name, block in blocks.items()}
    _require_own_folders(file, organizations)
    return Configuration(file, sections, organizations)


def _read_organization(file: ConfigFile, name: str, block: Any) -> dict[str, SettingValues]:
    at = f"organization.{name[:MAX_KEY_CHARACTERS]}"
    if not re.fullmatch(ORGANIZATION_NAME_PATTERN, name):
        raise file.error(f"{at}: the name of an organization has lower-case letters, digits, _ and -")
    known_keys = ("runs", *(setting.key for setting in settings.SYNC_SETTINGS), *settings.TABLES_OF_ORGANIZATION)
    organization_table = dict(_require_table(file, at, block))
    tables = {section: organization_table.pop(section, {}) for section in settings.TABLES_OF_ORGANIZATION}
    general_table = {key: organization_table.pop(key) for key in ("runs",) if key in organization_table}
    values_by_section: dict[str, SettingValues] = {"": _read_values(file, "", general_table, (at,))}
    values_by_section["sync"] = _read_values(file, "sync", organization_table, (at,), known_keys)
    for section, table in tables.items():
        table_name = f"{at}.{section}"
        values_by_section[section] = _read_values(file, section, _require_table(file, table_name, table), (table_name,))
    return values_by_section


def _require_table(file: ConfigFile, at: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise file.error(f"{at} must be a table, which begins with [{at}]")
    return value


def _read_values(
    file: ConfigFile,
    section: str,
    table: Mapping[str, Any],
    above: tuple[str, ...] = (),
    known_keys: tuple[str, ...] = (),
) -> dict[str, SettingValue]:
    """Return the values of a table. `above` has the table's name in the file, if it is not the section's name."""
    declared_settings = {setting.key: setting for setting in SETTINGS_BY_SECTION[section]}
    path = above or ((section,) if section else ())
    values = {}
    for key, value in table.items():
        at = ".".join((*path, key))
        if key not in declared_settings:
            raise file.unknown_key_error(at, known_keys or tuple(declared_settings))
        setting = declared_settings[key]
        values[key] = SettingValue(setting, VALUE_READERS[setting.form](file, value), at)
        if values[key].value is None:
            raise file.error(f"{at} must be {FORM_DESCRIPTIONS[setting.form]}")
        if setting.suffixes and not values[key].value.lower().endswith(setting.suffixes):
            raise file.error(f"{at} must be a file whose name ends in {' or '.join(setting.suffixes)}")
        if setting.key == "external_id":
            require_secret(file, at)
    return values


def _read_text(_file: ConfigFile, value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _read_texts(_file: ConfigFile, value: Any) -> tuple[str, ...] | None:
    is_list = isinstance(value, list) and all(isinstance(text, str) and text for text in value)
    return tuple(value) if is_list else None


def _read_integer(_file: ConfigFile, value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _read_number(_file: ConfigFile, value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _read_boolean(_file: ConfigFile, value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _read_date(file: ConfigFile, value: Any) -> str | None:
    """Return a TOML date, or a string, as text. The check of the option validates the text."""
    is_date = isinstance(value, date) and not isinstance(value, datetime)
    return value.isoformat() if is_date else _read_text(file, value)


def _resolve_path(file: ConfigFile, value: Any) -> str | None:
    """Join a path to the folder of the file, after `~` is expanded. An absolute path stays.

    Return None for a value that is not a path, such as one with a null character, and for settings without a file.
    """
    if not isinstance(value, str) or not value or "\0" in value or file.path is None:
        return None
    return str(file.path.parent / os.path.expanduser(value))  # noqa: PTH111 (Path.expanduser fails for an unknown user)


def _resolve_paths(file: ConfigFile, value: Any) -> tuple[str, ...] | None:
    paths = [_resolve_path(file, text) for text in value] if isinstance(value, list) else [None]
    return tuple(path for path in paths if path is not None) if None not in paths else None


VALUE_READERS: Mapping[str, Callable[[ConfigFile, Any], Any]] = {
    settings.TEXT: _read_text,
    settings.TEXTS: _read_texts,
    settings.INTEGER: _read_integer,
    settings.NUMBER: _read_number,
    settings.BOOLEAN: _read_boolean,
    settings.DATE: _read_date,
    settings.PATH: _resolve_path,
    settings.PATHS: _resolve_paths,
}


def _require_own_folders(file: ConfigFile, organizations: Mapping[str, Mapping[str, SettingValues]]) -> None:
    """Raise IamsqlError if two organizations have the same runs folder, where `latest` could be a run of either."""
    names_by_folder: dict[str, str] = {}
    for name, sections in organizations.items():
        if runs := sections[""].get("runs"):
            other_name = names_by_folder.setdefault(os.path.realpath(runs.value), name)
            if other_name != name:
                raise file.error(f"{runs.key}: the organization {other_name} has the same runs folder")
