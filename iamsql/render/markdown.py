"""Write a table of GitHub Flavored Markdown."""

from __future__ import annotations

from itertools import chain
from typing import TextIO

from iamsql.escaping import escape_markdown
from iamsql.model import Result
from iamsql.render.cells import display
from iamsql.render.text_table import numeric


def write_markdown(result: Result, stream: TextIO) -> None:
    """Write a GitHub table without live markup."""
    sides = ["---:" if number else "---" for number in numeric(result)]
    shown = ([escape_markdown(display(value)) for value in row] for row in result.rows)
    for row in chain(([escape_markdown(name) for name in result.columns], sides), shown):
        stream.write("| " + " | ".join(row) + " |\n")
