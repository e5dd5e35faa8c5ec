"""The error of queries that have no translation to Trino's SQL."""

from iamsql.model import IamsqlError


class TrinoError(IamsqlError):
    """A query cannot be written in Trino's SQL; `reason` says why."""

    def __init__(self, reason: str) -> None:
        """Name the reason, and the engine that runs every query."""
        super().__init__(f"The query cannot be written in Trino's SQL: {reason}.\nRun it with DuckDB.")
        self.reason = reason
