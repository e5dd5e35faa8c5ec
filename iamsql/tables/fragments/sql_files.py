"""Read the SQL of a view from the file that has the name of its module."""

from __future__ import annotations

import re
from pathlib import Path

from iamsql.model import Call

_PLACEHOLDER_PATTERN = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


def read_sql(module_file: str, **values: str | Call) -> str:
    """Return the text of the SQL file next to a module, such as aws_x.sql next to aws_x.py.

    `{name}` stands for a text of `values`, and `{name.raw}` or `{name.operation}` for an attribute of a call. Raise KeyError for a
    name that `values` lacks.
    """
    text = Path(module_file).with_suffix(".sql").read_text(encoding="utf-8")
    # The pattern does not match policy variables such as ${aws:username} and JSON such as '{}'.
    return _PLACEHOLDER_PATTERN.sub(lambda match: _value(values[match[1]], match[2]), text)


def _value(value: str | Call, attribute: str | None) -> str:
    return str(getattr(value, attribute)) if attribute else str(value)
