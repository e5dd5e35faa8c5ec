"""Convert the values of query parameters: from text of the command line, or values of a TOML file, to the declared type."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from math import isfinite
from typing import Any, NamedTuple

from iamsql.catalog.usage import example, usage
from iamsql.model import IamsqlError, Param, Query

MAX_VALUE_CHARACTERS = 100  # characters of a value in an error


class ParamType(NamedTuple):
    """A parameter type: the parser of its text, which raises ValueError, its description in errors, and its type in SQL."""

    read: Callable[[str], Any]
    description: str
    sql: str = ""


def _parse_integer(text: str) -> int:
    # The pattern rejects 1_000, which int() accepts, and long strings, which int() converts in quadratic time.
    if not re.fullmatch(r"[+-]?[0-9]{1,10}", text.strip()) or not -(2**31) <= int(text) < 2**31:
        raise ValueError(text)
    return int(text)


def _parse_double(text: str) -> float:
    if "_" in text or not isfinite(float(text)):
        raise ValueError(text)
    return float(text)


def _parse_text(text: str) -> str:
    text.encode()  # raises ValueError for bytes of the command line that are not UTF-8
    return text


def _parse_boolean(text: str) -> bool:
    if text.strip().lower() not in ("true", "false"):
        raise ValueError(text)
    return text.strip().lower() == "true"


def _parse_date(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
        raise ValueError(text)
    return date.fromisoformat(text.strip())


def _parse_timestamp(text: str) -> datetime:
    # DuckDB's TIMESTAMP has no zone, and the columns of this type are in UTC.
    time = datetime.fromisoformat(text.strip())
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def _parse_texts(text: str) -> list[str]:
    return [part.strip() for part in _parse_text(text).split(",")] if text.strip() else []


def _parse_json(text: str) -> str:
    # Raises ValueError for half of a surrogate pair.
    json.dumps(json.loads(_parse_text(text)), ensure_ascii=False).encode()
    return text


TYPES: dict[str, ParamType] = {
    "integer": ParamType(_parse_integer, "an integer"),
    "double": ParamType(_parse_double, "a number"),
    "text": ParamType(_parse_text, "text in UTF-8"),
    "boolean": ParamType(_parse_boolean, "true or false"),
    "date": ParamType(_parse_date, "a date such as 2026-03-01"),
    "timestamp": ParamType(_parse_timestamp, "a time such as 2026-03-01T10:11:12 (UTC unless it has an offset)"),
    "text[]": ParamType(_parse_texts, "a comma-separated list"),
    "json": ParamType(_parse_json, 'JSON such as [{"name": "value"}]'),
}
# The types of values that AWS names. `iamsql.query.arguments` compares their values with the run and with lists of AWS's names.
DOMAIN_TYPES: dict[str, ParamType] = {
    "principal": ParamType(_parse_text, "an ARN, user/NAME, role/NAME or a unique name", "text"),
    "role": ParamType(_parse_text, "the ARN or unique name of a role", "text"),
    "user_name": ParamType(_parse_text, "the name of a user or role session", "text"),
    "action": ParamType(_parse_text, "an action such as iam:CreateUser", "text"),
    "service": ParamType(_parse_text, "the prefix of a service such as iam", "text"),
    "resource": ParamType(_parse_text, "the ARN of a resource, * or any", "text"),
    "access_key": ParamType(_parse_text, "the ID of an access key", "text"),
    "account": ParamType(_parse_text, "the ID or unique name of an account", "text"),
    "account_list": ParamType(_parse_text, "a comma-separated list of accounts", "text"),
    "event_list": ParamType(_parse_text, "a comma-separated list of event names", "text"),
    "questions": ParamType(_parse_json, 'JSON such as [{"principal": "user/ana", "action": "iam:CreateUser"}]', "json"),
    "requests": ParamType(_parse_json, 'JSON such as [{"action": "iam:CreateUser", "resource": "*"}]', "json"),
    "roles": ParamType(_parse_json, 'JSON such as ["role/operations", "role/deploy"]', "json"),
}
TYPES |= DOMAIN_TYPES
# bool is a subclass of int, and datetime a subclass of date.
_PYTHON_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "integer"), (float, "double"), (datetime, "timestamp"), (date, "date"), (list, "text[]"),
)  # fmt: skip


def sql_type(type_name: str) -> str:
    """Return the type in SQL of a parameter type."""
    return TYPES[type_name].sql or type_name


def did_you_mean(name: str, known_names: Collection[str]) -> str:
    """Return '; did you mean a or b?' for known names that resemble the unknown one, or ''."""
    close_names = get_close_matches(name.lower(), known_names, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(close_names)}?" if close_names else ""


def defaults(query: Query) -> dict[str, Any]:
    """Return the values of the optional parameters."""
    return {param.name: param.default for param in query.params if not param.required}


def bind(query: Query, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for every parameter: the converted strings and TOML values of `args`, and defaults for the others.

    Raise IamsqlError for an unknown parameter, a missing one, or a value of another type.
    """
    params = {param.name: param for param in query.params}
    for name in args:
        if name not in params:
            known_params = ", ".join(f"{param.name} {param.type}" for param in query.params) or "none"
            suggestion = did_you_mean(name, params)
            raise IamsqlError(f"{query.name} has no parameter {name!r}{suggestion} (it takes {known_params})")
    missing_params = [param for param in query.params if param.required and param.name not in args]
    if missing_params:
        needed_names = " and ".join(param.name for param in missing_params)
        raise IamsqlError(f"{query.name} needs {needed_names}: {usage(query)}\nFor example: {example(query)}")
    return defaults(query) | {name: convert_value(query, params[name], text) for name, text in args.items()}


def set_parameter_types(query: Query, args: Mapping[str, Any]) -> Query:
    """Return SQL without declared parameters with the types of the given values: 1 is an integer, '1' is text."""
    types = {
        name: next((type_name for python_type, type_name in _PYTHON_TYPES if isinstance(value, python_type)), "text")
        for name, value in args.items()
    }
    return replace(
        query, params=tuple(replace(param, type=types.get(param.name, param.type)) for param in query.params)
    )


def require_parameters(args: Iterable[str], known_names: Collection[str], noun: str) -> None:
    """Raise IamsqlError for the first name that is not a known parameter; `noun` is the kind of queries, such as controls."""
    for name in args:
        if name not in known_names:
            raise IamsqlError(f"none of the {noun} has a parameter {name!r}{did_you_mean(name, known_names)}")


def convert_value(query: Query, param: Param, value: Any) -> Any:
    """Return a value converted to the parameter's type; raise IamsqlError if that is impossible."""
    if TYPES[param.type].read is _parse_json and isinstance(value, list | dict):
        value = json.dumps(value, default=str)
    if param.type.endswith("_list") and isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ",".join(value)
    # A list of TOML is already split: its elements may contain commas, which separate the elements of --arg.
    if param.type == "text[]" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return list(value)
    try:
        return TYPES[param.type].read(_format_toml_value(value))
    except (ValueError, OverflowError, RecursionError):
        raise IamsqlError(
            f"{query.name}: {param.name} must be {TYPES[param.type].description}, not {_shorten(value)}"
        ) from None


def _shorten(value: Any) -> str:
    """Return a value for an error, shortened."""
    text = repr(value)
    return text if len(text) <= MAX_VALUE_CHARACTERS else f"{text[:MAX_VALUE_CHARACTERS]}…"


def _format_toml_value(value: Any) -> str:
    """Return a TOML value as text in the form of `--arg`; raise ValueError for a value that has no such form."""
    # bool is a subclass of int, and datetime a subclass of date.
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str | int | float):
        raise ValueError(value)
    return str(value)
