"""The arguments of the tools: their JSON Schema, and the check that a call has no other arguments.

A model that misspells an argument must not get the answer without it: it would take the answer as correct.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iamsql.catalog.frontmatter import CHOICES_BY_KEY
from iamsql.catalog.params import did_you_mean
from iamsql.check.selection import LEVELS
from iamsql.escaping import printable
from iamsql.model import IamsqlError

RESULT_STATUSES = ("alarm", "error", "muted", "info", "skip", "ok")
DIALECTS = ("duckdb", "postgres")
Schema = dict[str, Any]


def _string_schema(description: str, **keywords: Any) -> Schema:
    return {"type": "string", "description": description, **keywords}


def _string_array_schema(description: str, **keywords: Any) -> Schema:
    return {"type": "array", "items": {"type": "string", **keywords}, "description": description}


MAX_ROWS_SCHEMA = {"type": "integer", "minimum": 0, "description": "The largest number of rows of the answer."}
ARGUMENT_SCHEMAS: dict[str, dict[str, Schema]] = {
    "list_queries": {
        "kind": _string_schema("Only queries of this kind.", enum=list(CHOICES_BY_KEY["kind"])),
        "search": _string_schema(
            "Words of the question, such as: who can read a bucket. Names, titles, tags, parameters and descriptions are "
            "searched. Without words, the answer has the names by theme."
        ),
    },
    "describe_query": {"name": _string_schema("The name of a query, such as stale_keys.")},
    "list_tables": {"search": _string_schema("Only tables whose name or description contains this text.")},
    "describe_table": {"name": _string_schema("The name of a table, such as aws_iam_user.")},
    "run_query": {
        "name": _string_schema("The name of a query, or NAME@VERSION."),
        "arguments": {
            "type": "object",
            "description": 'The values of the parameters by name, such as {"days": 30}. describe_query lists the parameters.',
        },
        "max_rows": MAX_ROWS_SCHEMA,
    },
    "run_sql": {
        "sql": _string_schema("One SELECT."),
        "dialect": _string_schema(
            "The dialect of the SQL: postgres for queries written for Steampipe.", enum=list(DIALECTS)
        ),
        "max_rows": MAX_ROWS_SCHEMA,
    },
    "check": {
        "names": _string_array_schema("Benchmarks such as cis_v7.0, controls, tags, or detections."),
        "severity": _string_schema("The least severity of the results.", enum=list(LEVELS)),
        "accounts": _string_array_schema("Only these accounts, by their IDs of 12 digits.", pattern="^[0-9]{12}$"),
        "statuses": _string_array_schema(
            "The statuses of results of controls to return; the default is alarm and error. error is unknown, not fine.",
            enum=list(RESULT_STATUSES),
        ),
        "days": {"type": "integer", "minimum": 1, "description": "Only findings of detections of the last days."},
        "max_rows": MAX_ROWS_SCHEMA,
    },
    "diff": {
        "old": _string_schema("previous, or the ID of an older run of the same organization in the runs folder."),
        "max_rows": MAX_ROWS_SCHEMA,
    },
    "explain_missing": {"query": _string_schema("A query name or SQL, to explain what its answer depends on.")},
}


def with_arguments(tool: str, schema: Mapping[str, Any]) -> Schema:
    """Return the schema of a tool's input with the schemas of its arguments, and no other arguments."""
    return {**schema, "properties": ARGUMENT_SCHEMAS[tool], "additionalProperties": False}


def require_known_arguments(tool: str, arguments: Mapping[str, Any]) -> None:
    """Raise IamsqlError for the first argument that a tool does not have, with similar names."""
    schemas = ARGUMENT_SCHEMAS.get(tool)
    unknown = [name for name in arguments if schemas is not None and name not in schemas]
    if schemas is None or not unknown:
        return
    name = printable(str(unknown[0])[:60])
    suggestion = did_you_mean(name, schemas) or "."
    hint = f'\nParameters of the query are members of arguments: {{"{name}": …}}.' if tool == "run_query" else ""
    raise IamsqlError(f"{tool} has no argument {name!r}{suggestion}\nThe arguments are {', '.join(schemas)}.{hint}")


def require_known_value(name: str, value: str, valid_values: tuple[str, ...]) -> None:
    """Raise IamsqlError for a value that is not one of the known words."""
    if value not in valid_values:
        suggestion = did_you_mean(value, valid_values) or "."
        raise IamsqlError(
            f"{name} has no value {printable(value[:60])!r}{suggestion}\nThe values are {', '.join(valid_values)}."
        )


def require_valid_max_rows(max_rows: int | None) -> None:
    """Raise IamsqlError for a negative number of rows."""
    if max_rows is not None and max_rows < 0:
        raise IamsqlError(f"max_rows is {max_rows}.\nGive a number of rows, such as 50, or leave it out.")
