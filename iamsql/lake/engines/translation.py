"""Translate shipped queries to the SQL of Spark. No server is needed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from iamsql.lake.engines.certified import OMIT_ENGINE_HINT
from iamsql.lake.engines.definitions import definitions
from iamsql.lake.engines.inline.errors import InlineError
from iamsql.lake.engines.inline.expand import inline
from iamsql.lake.engines.spark import Translation, UntranslatableError, to_spark
from iamsql.lake.engines.tables import stored_tables
from iamsql.model import IamsqlError, Query


def translate(query: Query, values: Mapping[str, Any], *, is_sail: bool) -> Translation:
    """Return a query as SQL of Spark; raise IamsqlError with the reason if it has no translation."""
    try:
        return to_spark(inline(query.sql, definitions(), values), stored_tables(), is_sail=is_sail)
    except UntranslatableError as error:
        raise IamsqlError(f"{query.name} cannot run on Spark: {error}.\n{OMIT_ENGINE_HINT}") from error
    except InlineError as error:
        raise IamsqlError(f"{query.name} cannot run on Spark: {error.reason}.\n{OMIT_ENGINE_HINT}") from error


def translation_hash(sql: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of a translation."""
    return sha256(sql.encode()).hexdigest()[:16]
