"""The arguments of the tools: their JSON Schema, and the check that a call has no other arguments.

A model that misspells an argument must not get the answer without it: it would take the answer as correct.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iamsql.catalog.frontmatter import WORDS
from iamsql.catalog.params import did_you_mean
from iamsql.check.selection import LEVELS
from iamsql.escaping import printable
from iamsql.model import IamsqlError

STATUSES = ("alarm", "error", "muted", "info", "skip", "ok")
DIALECTS = ("duckdb", "postgres")
Schema = dict[str, Any]


def _text_schema(description: str, **keywords: Any) -> Schema:
    return {"type": "string", "description": description, **keywords}


def _texts_schema(description: str, **keywords: Any) -> Schema:
    return {"type": "array", "items": {"type": "string", **keywords}, "description": description}


MAX_ROWS = {"type": "integer", "minimum": 0, "description": "The largest number of rows of the answer."}
SCHEMAS: dict[str, dict[str, Schema]] = {
    "list_queries": {
        "kind": _text_schema("Only queries of this kind.", enum=list(WORDS["kind"])),
        "search": _text_schema(
            "Words of the question, such as: who can read a bucket. Names, titles, tags, parameters and descriptions are "
            "searched. Without words, the answer has the names by theme."
        ),
    },
    "describe_query": {"name": _text_schema("The name of a query, such as stale_keys.")},
    "list_tables": {"search": _text_schema("Only tables whose name or description contains this text.")},
    "describe_table": {"name": _text_schema("The name of a table, such as aws_iam_user.")},
    "run_query": {
        "name": _text_schema("The name of a query, or NAME@VERSION."),
        "arguments": {
            "type": "object",
            "description": 'The values of the parameters by name, such as {"days": 30}. describe_query lists the parameters.',
        },
        "max_rows": MAX_ROWS,
    },
    "run_sql": {
        "sql": _text_schema("One SELECT."),
        "dialect": _text_schema(
            "The dialect of the SQL: postgres for queries written for Steampipe.", enum=list(DIALECTS)
        ),
        "max_rows": MAX_ROWS,
    },
    "check": {
        "names": _texts_schema("Benchmarks such as cis_v7.0, controls, tags, or detections."),
        "severity": _text_schema("The least severity of the results.", enum=list(LEVELS)),
        "accounts": _texts_schema("Only these accounts, by their IDs of 12 digits.", pattern="^[0-9]{12}$"),
        "statuses": _texts_schema(
            "The statuses of results of controls to return; the default is alarm and error. error is unknown, not fine.",
            enum=list(STATUSES),
        ),
        "days": {"type": "integer", "minimum": 1, "description": "Only findings of detections of the last days."},
        "max_rows": MAX_ROWS,
    },
    "diff": {
        "old": _text_schema("previous, or the ID of an older run of the same organization in the runs folder."),
        "max_rows": MAX_ROWS,
    },
    "explain_missing": {"query": _text_schema("A query name or SQL, to explain what its answer depends on.")},
}


def with_arguments(tool: str, schema: Mapping[str, Any]) -> Schema:
    """Return the schema of a tool's input with the schemas of its arguments, and no other arguments."""
    return {**schema, "properties": SCHEMAS[tool], "additionalProperties": False}


def require_known(tool: str, arguments: Mapping[str, Any]) -> None:
    """Raise IamsqlError for the first argument that a tool does not have, with similar names."""
    schemas = SCHEMAS.get(tool)
    unknown = [name for name in arguments if schemas is not None and name not in schemas]
    if schemas is None or not unknown:
        return
    name = printable(str(unknown[0])[:60])
    near = did_you_mean(name, schemas) or "."
    where = f'\nParameters of the query are members of arguments: {{"{name}": …}}.' if tool == "run_query" else ""
    raise IamsqlError(f"{tool} has no argument {name!r}{near}\nThe arguments are {', '.join(schemas)}.{where}")


def require_word(name: str, value: str, words: tuple[str, ...]) -> None:
    """Raise IamsqlError for a value that is not one of the known words."""
    if value not in words:
        near = did_you_mean(value, words) or "."
        raise IamsqlError(f"{name} has no value {printable(value[:60])!r}{near}\nThe values are {', '.join(words)}.")


def require_rows(max_rows: int | None) -> None:
    """Raise IamsqlError for a negative number of rows."""
    if max_rows is not None and max_rows < 0:
        raise IamsqlError(f"max_rows is {max_rows}.\nGive a number of rows, such as 50, or leave it out.")
