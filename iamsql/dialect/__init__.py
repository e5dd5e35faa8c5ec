"""SQL that others wrote: PostgreSQL's turned into DuckDB's, and the files that COPY writes; sqlglot is loaded when needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from iamsql.dialect.copy_targets import redirect

if TYPE_CHECKING:
    from iamsql.dialect.pipeline import Translated

__all__ = ["redirect", "translate"]


def translate(sql: str, columns: Mapping[str, Mapping[str, str]]) -> Translated:
    """Turn PostgreSQL into DuckDB's SQL; `columns` maps each table of the file to its columns and DuckDB types.

    What is not known to mean the same is an IamsqlError that names it. Parameters ($name) stay as they are.
    """
    from iamsql.dialect import pipeline as passes

    return passes.translate(sql, columns)
