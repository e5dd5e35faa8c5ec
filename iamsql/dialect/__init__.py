"""Translate PostgreSQL SQL into DuckDB SQL, and redirect COPY; README.md describes the package.

Both functions load their module on first use: sqlglot and the rewrites take 0.2 s to import, and most queries need neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iamsql.dialect.pipeline import Translation

__all__ = ["redirect", "translate"]

_COPY_PATTERN = re.compile(r"\bcopy\b", re.IGNORECASE)


def translate(sql: str, columns: Mapping[str, Mapping[str, str]]) -> Translation:
    """Translate statements of PostgreSQL; `columns` maps each table to its columns and their DuckDB types.

    Parameters ($name) stay as they are. Raise IamsqlError for SQL that is not known to mean the same in DuckDB.
    """
    from iamsql.dialect import pipeline  # noqa: PLC0415 - sqlglot takes 160 ms

    return pipeline.translate(sql, columns)


def redirect(sql: str, replace: Callable[[str], str]) -> str:
    """Replace the path that each COPY … TO statement writes with `replace(path)`; raise IamsqlError for unreadable SQL."""
    if not _COPY_PATTERN.search(sql):
        return sql
    from iamsql.dialect import copy_targets  # noqa: PLC0415 - sqlglot takes 160 ms

    return copy_targets.redirect(sql, replace)
