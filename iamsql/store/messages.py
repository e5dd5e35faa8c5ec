"""What DuckDB says, as iamsql says it: its errors in a few lines, its types by their names."""

from __future__ import annotations

from collections.abc import Sequence

ERROR_LINES = 8


def words(error: Exception, lines: int = ERROR_LINES) -> str:
    """Keep DuckDB's own words: the message, its hint, and the LINE with its marker."""
    kept = [line.rstrip() for line in str(error).split("\n") if line.strip()]
    marked = next((place for place, line in enumerate(kept) if line.startswith("LINE ")), len(kept))
    tail = kept[marked : marked + 2] if lines > 2 else []
    return "\n".join([*kept[: min(marked, lines - len(tail))], *tail])


def also(names: Sequence[str]) -> str:
    """Name further parameters that are missing."""
    return "".join(f" --arg {name}=VALUE" for name in names)


def type_name(kind: object) -> str:
    """Spell a column's type as DuckDB does; a column of NULLs has the type NULL."""
    return str(kind).strip('"')
