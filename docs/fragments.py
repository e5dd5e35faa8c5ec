"""Fragments of Markdown that the generated pages share."""

from __future__ import annotations

import io
from collections.abc import Sequence

from iamsql import render
from iamsql.model import Result


def table(names: tuple[str, ...], rows: Sequence[tuple[str | None, ...]]) -> str:
    """Return a Markdown table, escaped as `--output markdown` escapes it, without a line break at the end."""
    stream = io.StringIO()
    render.write(Result(names, rows, ("VARCHAR",) * len(names)), "markdown", stream)
    return stream.getvalue().rstrip("\n")


def code(*words: str) -> str:
    """Return the words as code spans with commas between them."""
    return ", ".join(f"`{word}`" for word in words)


def cell(text: str) -> str:
    """Escape a text for a cell of a Markdown table."""
    return text.replace("|", r"\|")


def shortened(text: str, limit: int) -> str:
    """Cut a text of more than `limit` characters and end it with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
