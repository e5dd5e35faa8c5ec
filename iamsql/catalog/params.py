"""Values for a query's parameters: text from the command line becomes the declared type, or one line says why not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any, NamedTuple

from iamsql.model import IamsqlError, Param, Query


class ParamType(NamedTuple):
    """A parameter type: how its text is read (ValueError when it is wrong) and how people call it."""

    read: Callable[[str], Any]
    description: str


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,10}", text.strip()) or not -(2**31) <= int(text) < 2**31:
        raise ValueError(text)
    return int(text)


def _double(text: str) -> float:
    if "_" in text or not isfinite(float(text)):
        raise ValueError(text)
    return float(text)


def _text(text: str) -> str:
    text.encode()
    return text


def _boolean(text: str) -> bool:
    if text.strip().lower() not in ("true", "false"):
        raise ValueError(text)
    return text.strip().lower() == "true"


def _date(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
        raise ValueError(text)
    return date.fromisoformat(text.strip())


def _timestamp(text: str) -> datetime:
    time = datetime.fromisoformat(text.strip())
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def _texts(text: str) -> list[str]:
    return [part.strip() for part in _text(text).split(",")] if text.strip() else []


def _json(text: str) -> str:
    json.loads(_text(text))
    return text


TYPES: dict[str, ParamType] = {
    "integer": ParamType(_integer, "a whole number"),
    "double": ParamType(_double, "a number"),
    "text": ParamType(_text, "text in UTF-8"),
    "boolean": ParamType(_boolean, "true or false"),
    "date": ParamType(_date, "a date such as 2026-03-01"),
    "timestamp": ParamType(_timestamp, "a time such as 2026-03-01T10:11:12 (UTC unless it has an offset)"),
    "text[]": ParamType(_texts, "texts parted by commas"),
    "json": ParamType(_json, 'JSON such as [{"name": "value"}]'),
}


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Suggest known names that look like one that is not: '; did you mean a or b?', or nothing."""
    from difflib import get_close_matches

    close = get_close_matches(name.lower(), known, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def defaults(query: Query) -> dict[str, Any]:
    """Give the values of the parameters that need none from the user."""
    return {param.name: param.default for param in query.params if not param.required}


def bind(query: Query, args: Mapping[str, Any]) -> dict[str, Any]:
    """Turn `--arg` texts, and values of TOML files, into a value for every parameter, defaults filled in."""
    params = {param.name: param for param in query.params}
    for name in args:
        if name not in params:
            raise IamsqlError(
                f"{query.name} has no parameter {name!r}{did_you_mean(name, params)}{_parameters(params)}"
            )
    missing = [param for param in query.params if param.required and param.name not in args]
    if missing:
        wanted = " ".join(f"--arg {param.name}=…" for param in missing)
        raise IamsqlError(
            f"{query.name} needs {wanted} ({', '.join(TYPES[param.type].description for param in missing)})"
        )
    return defaults(query) | {name: value_for(query, params[name], text) for name, text in args.items()}


def value_for(query: Query, param: Param, value: Any) -> Any:
    """Turn what was given for a parameter into its type."""
    if param.type == "text[]" and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return list(value)
    try:
        return TYPES[param.type].read(_format(value))
    except ValueError:
        raise IamsqlError(
            f"{query.name}: {param.name} must be {TYPES[param.type].description}, not {value!r}"
        ) from None


def _format(value: Any) -> str:
    """Spell a value of a TOML file as `--arg` would have it; what has no such spelling is a ValueError."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str | int | float):
        raise ValueError(value)
    return str(value)


def _parameters(params: Mapping[str, Param]) -> str:
    if not params:
        return " (it takes none)"
    return f" (it takes {', '.join(f'{param.name} {param.type}' for param in params.values())})"
