"""The JSON Schema of iamsql.toml, from the declarations of the settings, for the completion and checks of editors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iamsql.catalog.settings import declarations as settings
from iamsql.catalog.settings.declarations import ORGANIZATION_NAME_PATTERN, SETTINGS_BY_SECTION, Setting

JSON_SCHEMA_DRAFT = "https://json-schema.org/draft/2020-12/schema"
SECTION_DESCRIPTIONS = {
    "sync": "What `iamsql sync` reads, and with which roles.",
    "check": "What `iamsql check` runs.",
    "report": "The page of `iamsql report`.",
    "notify": "What `iamsql notify` sends, and to whom.",
    "run": "The steps of `iamsql run`.",
}


def _text_schema(setting: Setting) -> dict[str, Any]:
    choices = {"enum": list(setting.choices)} if setting.choices else {}
    return {"type": "string", "minLength": 1} | choices


def _texts_schema(setting: Setting) -> dict[str, Any]:
    return {"type": "array", "items": _text_schema(setting)}


SCHEMAS_BY_FORM: Mapping[str, Callable[[Setting], dict[str, Any]]] = {
    settings.TEXT: _text_schema,
    settings.TEXTS: _texts_schema,
    settings.INTEGER: lambda _: {"type": "integer"},
    settings.NUMBER: lambda _: {"type": "number"},
    settings.BOOLEAN: lambda _: {"type": "boolean"},
    settings.DATE: lambda _: {"type": "string", "format": "date"},
    settings.PATH: _text_schema,
    settings.PATHS: _texts_schema,
}


def json_schema() -> dict[str, Any]:
    """Return the schema, as a dict for JSON."""
    sections = {
        name: _table_schema(about, _property_schemas(SETTINGS_BY_SECTION[name]))
        for name, about in SECTION_DESCRIPTIONS.items()
    }
    inner_tables = {name: sections[name] for name in settings.TABLES_OF_ORGANIZATION}
    runs = _property_schemas(SETTINGS_BY_SECTION[""][:1])
    block = _table_schema(
        "An organization: its settings replace the general ones.",
        runs | _property_schemas(settings.SYNC_SETTINGS) | inner_tables,
    )
    organizations = {
        "description": "The organizations, by the name of --organization.",
        "type": "object",
        "patternProperties": {f"^{ORGANIZATION_NAME_PATTERN}$": block},
        "additionalProperties": False,
    }
    every = {
        **_property_schemas(SETTINGS_BY_SECTION[""]),
        **_query_value_schema(),
        **sections,
        "organization": organizations,
    }
    return {
        "$schema": JSON_SCHEMA_DRAFT,
        "title": "iamsql.toml",
        **_table_schema("The configuration of iamsql.", every),
    }


def _query_value_schema() -> dict[str, Any]:
    """Return the schema of the keys that apply to queries and controls, and that are not options."""
    text = {"type": "string"}
    table = {
        **_table_schema("A suppression.", dict.fromkeys(("control", "account", "resource", "owner", "reason"), text)),
        "required": ["control", "account", "resource", "owner", "reason", "expires"],
    }
    table["properties"]["expires"] = {"description": "The last day, such as 2026-09-30.", "type": "string"}
    about = "Files of suppressions, or suppressions."
    mutes = {"description": about, "type": "array", "items": {"anyOf": [text, table]}}
    values = {"description": "The values of the parameters of a query.", "type": "object"}
    args = {
        "description": "The values of query parameters, by query.",
        "type": "object",
        "additionalProperties": values,
    }
    return {"mutes": mutes, "args": args}


def _property_schemas(declared: Sequence[Setting]) -> dict[str, Any]:
    return {
        setting.key: {"description": setting.about, **SCHEMAS_BY_FORM[setting.form](setting)} for setting in declared
    }


def _table_schema(about: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": about, "type": "object", "properties": dict(properties), "additionalProperties": False}
