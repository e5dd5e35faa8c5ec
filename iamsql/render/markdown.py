"""Write a table of GitHub Flavored Markdown, row by row.

The format `github` of tabulate pads every cell to the width of the column: with one policy in a column, every row is as long as the
policy, and a comment of GitHub has 65,536 characters.
"""

from __future__ import annotations

from itertools import chain
from typing import TextIO

from iamsql.escaping import escape_markdown
from iamsql.model import Result
from iamsql.render.cells import display
from iamsql.render.text_table import numeric_columns


def write_markdown(result: Result, stream: TextIO) -> None:
    """Write a GitHub table without live markup."""
    alignments = ["---:" if number else "---" for number in numeric_columns(result)]
    rows = ([escape_markdown(display(value)) for value in row] for row in result.rows)
    for row in chain(([escape_markdown(name) for name in result.columns], alignments), rows):
        stream.write("| " + " | ".join(row) + " |\n")
