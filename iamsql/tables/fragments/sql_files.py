"""Read the SQL of a view from the file that has the name of its module."""

from __future__ import annotations

from pathlib import Path


def read_sql(module_file: str, **values: str) -> str:
    """Return the text of the SQL file next to a module, such as aws_x.sql next to aws_x.py.

    `values` replace their names in braces: `{calls}` by the value of `calls`.
    """
    text = Path(module_file).with_suffix(".sql").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
