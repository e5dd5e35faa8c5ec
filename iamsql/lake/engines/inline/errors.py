"""The error of queries whose macros cannot be replaced by their text."""

from iamsql.model import IamsqlError


class InlineError(IamsqlError):
    """A query cannot be written without macros; `reason` says why."""

    def __init__(self, reason: str) -> None:
        """Name the reason, and the engine that runs every query."""
        super().__init__(f"The query cannot be written without macros: {reason}.\nRun it with DuckDB.")
        self.reason = reason
