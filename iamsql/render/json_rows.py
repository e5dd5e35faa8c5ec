"""Write a JSON array or JSON lines, with an object for each row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import TextIO

from iamsql.escaping import escape_json
from iamsql.model import Result
from iamsql.render.cells import json_object, json_text


def write_json(result: Result, stream: TextIO) -> None:
    """Write a JSON array with an object on each line."""
    line_start = "["
    for line in _rows_as_json(result):
        stream.write(f"{line_start}\n  {line}")
        line_start = ","
    stream.write("[]\n" if line_start == "[" else "\n]\n")


def write_jsonl(result: Result, stream: TextIO) -> None:
    """Write JSON lines."""
    for line in _rows_as_json(result):
        stream.write(line + "\n")


def _rows_as_json(result: Result) -> Iterator[str]:
    keys = [json.dumps(name, ensure_ascii=False) for name in distinct_names(result.columns)]
    for row in result.rows:
        typed_values = zip_longest(row, result.types[: len(row)], fillvalue="")
        line = json_object(keys, (json_text(value, column_type) for value, column_type in typed_values))
        yield escape_json(line)


def distinct_names(names: tuple[str, ...]) -> list[str]:
    """Make column names unique: later duplicates get _2, _3 …, without names that exist."""
    unique_names: list[str] = []
    for name in names:
        choices = (name, *(f"{name}_{number}" for number in range(2, len(names) + 2)))
        used_names = (
            {*unique_names, *names} if name in unique_names else set(unique_names)
        )  # a new name must not take the name of a later column
        unique_names.append(next(choice for choice in choices if choice not in used_names))
    return unique_names
