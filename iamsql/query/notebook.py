"""The HTML of an answer in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from iamsql.escaping import printable
from iamsql.model import Result
from iamsql.render.cells import display

MAX_SHOWN = 50  # rows


def format_html(title: str, caveats: Sequence[str], result: Result) -> str:
    """Return the caveats, and a table of the first rows. Names from AWS are escaped, and control characters are visible."""
    notes = "".join(f"<li>{_escape_text(caveat)}</li>" for caveat in caveats)
    header = "".join(f"<th>{_escape_text(name)}</th>" for name in result.columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{_escape_text(display(value))}</td>' for value in row)}</tr>"
        for row in result.rows[:MAX_SHOWN]
    )
    parts = [f"<p><b>Incomplete or limited data:</b></p><ul>{notes}</ul>" if notes else ""]
    parts += [
        f"<table><caption>{_escape_text(title)}</caption><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"
    ]
    count = f"{len(result.rows):,} row{'' if len(result.rows) == 1 else 's'}"
    parts += [f"<p>{count}{f'; the first {MAX_SHOWN} are shown' if len(result.rows) > MAX_SHOWN else ''}</p>"]
    return f"<div>{''.join(parts)}</div>"


def _escape_text(value: str) -> str:
    return escape(printable(value))
