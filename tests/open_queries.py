"""Run queries on a run that stays open."""

from __future__ import annotations

from collections.abc import Mapping

from iamsql import catalog
from iamsql.model import Query
from iamsql.query.answer import Answer
from iamsql.query.execute import execute, reopening
from iamsql.runs.store.reader import Reader


def ask(reader: Reader, query: Query, args: Mapping[str, str] | None = None) -> Answer:
    """Run a query with the texts of its arguments."""
    return execute(reopening(reader), reader.path, query, catalog.bind(query, args or {}))
