"""Execute the statements that fill tables, on connections of their own, while the writer may continue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from iamsql.runs.store.writer import RunWriter

FEW_BYTES = 1_000_000  # bytes of items up to which DuckDB's optimizers take longer than they save
PARALLEL = 16_000_000  # bytes of items up to which two tables are filled at once, in the memory of one large table
THREADS = 2


def execute_beside(writer: RunWriter, statements: Sequence[str]) -> None:
    """Execute statements that do not depend on each other. Call this in a thread of its own.

    With few items, the tables are divided between two connections, because DuckDB plans a statement in one thread.
    """
    size = writer.size
    groups = _divide(statements, THREADS) if size < PARALLEL else [statements]
    with ThreadPoolExecutor(THREADS) as threads:
        for group in [threads.submit(_execute_group, writer, group, size) for group in groups]:
            group.result()


def _divide(statements: Iterable[str], number: int) -> list[list[str]]:
    """Divide statements into groups of about the same length, because it determines the time of few rows."""
    groups: list[list[str]] = [[] for _ in range(number)]
    for statement in sorted(statements, key=len, reverse=True):
        min(groups, key=lambda group: sum(map(len, group))).append(statement)
    return [group for group in groups if group]


def _execute_group(writer: RunWriter, statements: Sequence[str], size: int) -> None:
    with writer.side_connection() as connection:
        # These settings belong to a connection.
        for statement in (
            "use r",
            f"set enable_optimizer = {size >= FEW_BYTES}",
            "begin transaction",
            *statements,
            "commit",
        ):
            connection.execute(statement)
