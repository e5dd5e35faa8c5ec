"""A statement that needs too much memory is executed again with one thread, unless it has returned rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from iamsql.runs.store.limited_connection import LimitedConnection
from iamsql.runs.store.limits import LimitExceeded, StatementLimits
from iamsql.runs.store.row_buffer import BATCH_ROWS

THREADS = "select current_setting('threads')"
ROWS = "select range as n from range(10000)"


class FewThreads:
    """A connection of DuckDB that has too little memory while it has more than `most` threads, in the call `method`."""

    def __init__(self, connection: Any, method: str, most: int) -> None:
        self._connection, self._method, self._most = connection, method, most
        self.fails_after = 0  # the number of calls that succeed first

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)
        return self._fail_or(method) if name == self._method else method

    def _fail_or(self, method: Any) -> Any:
        def call(*arguments: Any) -> Any:
            if not str(arguments[0]).startswith(("set ", "reset ", THREADS)):
                ((threads,),) = self._connection.cursor().execute(THREADS).fetchall()
                if threads > self._most and self.fails_after == 0:
                    raise duckdb.OutOfMemoryException("could not allocate block of size 256.0 KiB")
                self.fails_after -= 1
            return method(*arguments)

        return call


@pytest.fixture
def connection() -> Iterator[LimitedConnection]:
    limited = LimitedConnection(StatementLimits(memory=10**9), None, ("set threads = 3",))
    yield limited
    limited.close()


@pytest.mark.parametrize("method", ["execute", "fetchmany"])
def test_a_statement_without_rows_is_executed_again_with_one_thread(connection: LimitedConnection, method: str) -> None:
    connection._connection = FewThreads(connection._connection, method, 1)  # type: ignore[assignment]
    assert connection.execute(ROWS).fetchall() == [(n,) for n in range(10000)]
    assert connection._connection.cursor().execute(THREADS).fetchall() == [(1,)]


def test_the_next_statement_has_the_threads_of_the_connection(connection: LimitedConnection) -> None:
    duckdb_connection = connection._connection
    connection._connection = FewThreads(duckdb_connection, "execute", 1)  # type: ignore[assignment]
    connection.execute(ROWS).fetchall()
    connection._connection = duckdb_connection
    assert connection.execute(THREADS).fetchall()[0][0] > 1


def test_a_statement_that_returned_rows_is_not_executed_again(connection: LimitedConnection) -> None:
    stub = FewThreads(connection._connection, "fetchmany", 1)
    connection._connection = stub  # type: ignore[assignment]
    stub.fails_after = 1
    assert len(connection.execute(ROWS).fetchmany(BATCH_ROWS)) == BATCH_ROWS
    with pytest.raises(LimitExceeded, match="more than its memory limit of 1 GB"):
        connection.fetchmany(BATCH_ROWS)


@pytest.mark.parametrize("method", ["execute", "fetchmany"])
def test_a_statement_that_needs_too_much_memory_with_one_thread_is_an_error(
    connection: LimitedConnection, method: str
) -> None:
    connection._connection = FewThreads(connection._connection, method, 0)  # type: ignore[assignment]
    with pytest.raises(LimitExceeded, match="more than its memory limit of 1 GB"):
        connection.execute(ROWS).fetchmany(BATCH_ROWS)
