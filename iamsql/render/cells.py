"""Convert values to text with the function `cell` alone, so all text formats agree and NULL differs from ''."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from iamsql.canonical_json import refuse_constant

_LINE_BREAKS_TO_SPACES = {ord(mark): " " for mark in "\t\r\n"}  # white space that JSON allows only between values


def cell(value: Any) -> str:
    """Return a value as text: 2026-03-01 10:11:12+00:00, True, 32 days 00:00:00, bytes in hexadecimal, lists as JSON."""
    if value is None:
        return ""
    if isinstance(value, timedelta):
        return _interval_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple | dict):
        return json_text(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def pluralize(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 account` or `2 accounts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _interval_text(value: timedelta) -> str:
    sign, span = ("-", -value) if value < timedelta() else ("", value)
    time_of_day = str(timedelta(seconds=span.seconds, microseconds=span.microseconds)).zfill(8)
    time_of_day = time_of_day if time_of_day[2] == ":" else f"0{time_of_day}"
    return f"{sign}{span.days} days {time_of_day}" if span.days else sign + time_of_day


def json_text(value: Any, column_type: str = "") -> str:
    """Return a value as JSON: exact numbers, JSON columns unchanged, times in ISO 8601, NaN and infinity as null."""
    if isinstance(value, str):
        return _json_cell(value) if column_type == "JSON" else json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float | Decimal):
        return cell(value) if isinstance(value, int) or isfinite(value) else "null"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(json_text(item, column_type.removesuffix("[]")) for item in value) + "]"
    if isinstance(value, dict):
        return json_object([json.dumps(cell(key), ensure_ascii=False) for key in value], map(json_text, value.values()))
    text = value.isoformat() if isinstance(value, date | datetime | time) else cell(value)
    return json.dumps(text, ensure_ascii=False)


def _json_cell(text: str) -> str:
    """Return a JSON column as JSON on one line, or as a string if it is not strict JSON."""
    # The text is not parsed and written again, which would round numbers and lose keys that occur twice.
    try:
        json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return json.dumps(text, ensure_ascii=False)
    return text.translate(_LINE_BREAKS_TO_SPACES).strip()


def json_object(keys: list[str], values: Iterator[str]) -> str:
    """Return a JSON object of keys and values that are JSON already."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in zip(keys, values, strict=False)) + "}"


def display(value: Any) -> str:
    """Return a value as a cell of a table, where an empty string is two quotes and NULL is empty."""
    return "''" if value == "" else cell(value)
