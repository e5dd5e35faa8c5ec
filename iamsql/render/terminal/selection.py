"""Choose the columns that a terminal shows: the columns that the query lists, with the name and the ID of an account as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from iamsql.model import IamsqlError

ACCOUNT_COLUMN = "account"


@dataclass(frozen=True)
class ColumnSource:
    """A column of the terminal: its name, and the indexes of its values in a row; two for the name and the ID of an account."""

    name: str
    indexes: tuple[int, ...]

    @property
    def is_account(self) -> bool:
        """Return whether the column has the name and the ID of an account."""
        return len(self.indexes) > 1


def select_columns(names: Sequence[str], requested: Sequence[str] = (), path: str = "") -> list[ColumnSource]:
    """Return the columns to show; `requested` are the columns that the query at `path` lists, () is all.

    Raise IamsqlError if the result lacks one of them.
    """
    sources = _all_sources(names)
    sources_by_name = {names[index]: source for source in reversed(sources) for index in source.indexes}
    sources_by_name |= {source.name: source for source in reversed(sources)}
    selected_sources: dict[ColumnSource, None] = {}
    for name in requested:
        source = sources_by_name.get(name) or (sources_by_name.get(f"{name}_id") if _is_account_column(name) else None)
        if source is None:
            close_names = get_close_matches(name.lower(), sources_by_name, n=3)
            hint = f"; did you mean {' or '.join(close_names)}?" if close_names else ""
            raise IamsqlError(f"{path or 'the query'}: columns lists {name!r}, which the result does not have{hint}")
        selected_sources[source] = None
    return list(selected_sources) or sources


def _all_sources(names: Sequence[str]) -> list[ColumnSource]:
    """Return all columns in their order; `x_account_name` and `x_account_id` are one column at the position of the first."""
    sources: dict[int, ColumnSource] = {}
    for index, name in enumerate(names):
        stem = name.removesuffix("_id").removesuffix("_name")
        pair = (f"{stem}_name", f"{stem}_id")
        is_pair = (
            _is_account_column(stem) and name in pair and [names.count(part) for part in (*pair, stem)] == [1, 1, 0]
        )
        source = (
            ColumnSource(stem, (names.index(pair[0]), names.index(pair[1])))
            if is_pair
            else ColumnSource(name, (index,))
        )
        sources.setdefault(min(source.indexes), source)
    return [sources[index] for index in sorted(sources)]


def _is_account_column(name: str) -> bool:
    return name == ACCOUNT_COLUMN or name.endswith(f"_{ACCOUNT_COLUMN}")
