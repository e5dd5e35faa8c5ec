"""Run shipped queries on a Spark Connect server: Apache Spark 4, Sail, and managed Sparks that speak its protocol.

PySpark is imported by name, because it is an extra of the package that most users do not install.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

from iamsql.lake.engines.arrow import converters
from iamsql.lake.engines.certified import (
    OMIT_ENGINE_HINT,
    Server,
    default_values,
    refusal_reason,
    require_certified,
    require_compared_translation,
)
from iamsql.lake.engines.definitions import definitions
from iamsql.lake.engines.inline.expand import inline
from iamsql.lake.engines.spark import Translation, UntranslatableError, parse_type, spark_type, to_spark
from iamsql.lake.engines.spark.names import quote, quote_name, view_name
from iamsql.lake.engines.spark.scans import needed_rows_query
from iamsql.lake.engines.tables import stored_tables
from iamsql.lake.engines.translation import translate, translation_hash
from iamsql.model import IamsqlError, Query, Result
from iamsql.model.extras import missing_extra_error
from iamsql.tables.compiler.text_lists import TEXT_LISTS
from iamsql.tables.fragments.events import EVENTS_TABLE, STORED_COLUMNS

EVENTS_VIEW = "aws_cloudtrail_event"
MAX_ROWS = 1_000_000  # of an answer, which is held in memory
MAX_STATEMENT_SECONDS = 1800.0
CONNECT_SECONDS = 20.0
DEFAULT_PORT = 15002


@dataclass
class SparkConnect:
    """A session on a server. `tables` maps the tables to the URIs of their Parquet files; a table without files is empty.

    - `until`: the ID of a run. Events that only later runs of the lake added are left out.
    - `since`: a time, as text that Spark casts to a timestamp. Earlier events are left out.

    Without values, all events are read.
    """

    url: str
    tables: Mapping[str, Sequence[str]]
    until: str = ""
    since: str = ""
    max_rows: int = MAX_ROWS
    max_seconds: float = MAX_STATEMENT_SECONDS
    _session: Any = None
    _server: Server | None = None
    _views: set[str] = field(default_factory=set)

    def server(self) -> Server:
        """Return the product and its version. The version of Apache Spark is followed by the hash of its source."""
        if self._server is None:
            version, _, revision = str(self._fetch_rows("select version()")[0][0]).partition(" ")
            self._server = Server("spark" if revision else "sail", version)
        return self._server

    def translate(self, query: Query, values: Mapping[str, Any]) -> Translation:
        """Return a query as SQL of Spark; raise IamsqlError with the reason if it has no translation."""
        return translate(query, values, is_sail=self.server().product == "sail")

    def refusal_reason(self, query: Query) -> str:
        """Return why a query is not offered on the server; '' if it is."""
        return refusal_reason(query, self.server())

    def run(self, query: Query, values: Mapping[str, Any], types: Sequence[tuple[str, str]]) -> Result:
        """Return the rows of a certified query; `types` are the columns that DuckDB returns with their types.

        Raise IamsqlError if the server is not known to answer the query as DuckDB does.
        """
        require_certified(query, self.server())
        translation = self.translate(query, default_values(query))
        require_compared_translation(query, self.server(), translation_hash(translation.sql))
        return self.execute(translation if values == default_values(query) else self.translate(query, values), types)

    def execute(self, translation: Translation, types: Sequence[tuple[str, str]]) -> Result:
        """Return the rows of a translated query with the names and the types of the columns that DuckDB returns."""
        for table in translation.tables:
            self._create_view(table)
        rows = self._fetch_rows(translation.sql)
        column_converters = converters([kind for _, kind in types])
        converted_rows = [
            tuple(convert_value(value) for convert_value, value in zip(column_converters, row, strict=True))
            for row in rows
        ]
        return Result(tuple(column for column, _ in types), converted_rows, tuple(kind for _, kind in types))

    def events_for(self, query: Query, values: Mapping[str, Any]) -> Result:
        """Return the events that DuckDB needs for a query which the server does not run, with the columns of iamsql.events.

        Raise IamsqlError if the query needs all events.
        """
        tree = inline(query.sql, definitions(), values)
        scan = needed_rows_query(tree, EVENTS_TABLE, EVENTS_VIEW, STORED_COLUMNS)
        if scan is None:
            raise IamsqlError(
                f"{query.name} needs all events, which the server would have to return.\n{OMIT_ENGINE_HINT}"
            )
        try:
            translation = to_spark(scan, stored_tables(), is_sail=self.server().product == "sail")
        except UntranslatableError as error:
            raise IamsqlError(
                f"The events of {query.name} cannot be selected on Spark: {error}.\n{OMIT_ENGINE_HINT}"
            ) from error
        return self.execute(translation, list(stored_tables()[EVENTS_TABLE].items()))

    def close(self) -> None:
        """End the session."""
        if self._session is not None:
            self._session.stop()
        self._session = None

    def _session_or_connect(self) -> Any:
        if self._session is None:
            self._session = connect(self.url)
            self._session.conf.set("spark.sql.session.timeZone", "UTC")
        return self._session

    def _fetch_rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, which is interrupted after the time limit."""
        session = self._session_or_connect()
        timer = Timer(self.max_seconds, session.interruptAll)
        timer.daemon = True
        started = time.monotonic()
        timer.start()
        try:
            table = session.sql(sql).limit(self.max_rows + 1).toArrow()
        except Exception as error:
            if time.monotonic() - started >= self.max_seconds:
                raise IamsqlError(
                    f"The statement took more than {self.max_seconds:,g} seconds on the server.\n{OMIT_ENGINE_HINT}"
                ) from error
            raise server_error(self.url, error) from error
        finally:
            timer.cancel()
        if table.num_rows > self.max_rows:
            raise IamsqlError(
                f"The answer has more than {self.max_rows:,} rows.\nSelect fewer rows with the parameters of the query."
            )
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def _create_view(self, table: str) -> None:
        """Create the temporary view of a table, once in a session."""
        if table in self._views:
            return
        columns = stored_tables()[table]
        paths = list(self.tables.get(table, ()))
        session = self._session_or_connect()
        if not paths:
            null_columns = ", ".join(
                f"cast(null as {spark_type(parse_type(kind))}) as {quote_name(column)}"
                for column, kind in columns.items()
            )
            frame = session.sql(f"select {null_columns} where false")
        else:
            frame = self._data_frame(table, columns, paths)
        try:
            frame.createOrReplaceTempView(view_name(table))
        except Exception as error:
            raise server_error(self.url, error) from error
        self._views.add(table)

    def _data_frame(self, table: str, columns: Mapping[str, str], paths: Sequence[str]) -> Any:
        """Return the rows of a table with the columns that it has in a run file over the lake."""
        is_events = table == EVENTS_TABLE
        declared_columns = {**columns, **({"lake_run": "VARCHAR"} if is_events and self.until else {})}
        reader = self._session_or_connect().read
        if not TEXT_LISTS & columns.keys():
            # Without a schema, the server would open files to find it.
            reader = reader.schema(
                ", ".join(
                    f"{quote_name(column)} {spark_type(parse_type(kind))}" for column, kind in declared_columns.items()
                )
            )
        frame = reader.parquet(*paths)
        if is_events and self.until:
            frame = frame.where(f"lake_run <= {quote(self.until)}").drop("lake_run")
        if is_events and self.since:
            frame = frame.where(f"event_time >= timestamp_ntz {quote(self.since)}")
        if TEXT_LISTS & columns.keys() or (self.since and "window_start" in columns):
            types = {column.name: column.dataType.typeName() for column in frame.schema}
            frame = frame.selectExpr(*(self._column_expression(column, types[column]) for column in columns))
        if not is_events and self.server().product == "sail":
            # Sail cannot filter a file by a lambda, and does not filter it before a LIMIT. These tables are small.
            frame = frame.limit(2**31 - 1)
        return frame

    def _column_expression(self, column: str, kind: str) -> str:
        """Return the expression of a column.

        Lists of strings are converted to JSON, and `window_start` is not earlier than `since`, like the events.
        """
        if kind == "array":
            return f"to_json({quote_name(column)}) as {quote_name(column)}"
        if self.since and column == "window_start":
            return f"greatest(window_start, timestamp {quote(f'{self.since}+00:00')}) as window_start"
        return str(quote_name(column))


def connect(url: str) -> Any:
    """Return a session of the server at sc://HOST:PORT; raise IamsqlError if PySpark or the server is missing."""
    _require_listener(url)
    try:
        from iamsql.lake.engines import session  # noqa: PLC0415 - PySpark is optional
    except ImportError as error:
        raise missing_extra_error("--engine needs", "pyspark-client", "spark") from error
    try:
        return session.open_session(url)
    except Exception as error:
        raise server_error(url, error) from error


def _require_listener(url: str) -> None:
    """Raise IamsqlError if no server listens at an address: PySpark would try again for ten minutes."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:
        host = None
    if not host or parts.scheme != "sc":
        raise IamsqlError(f"{url!r} is not an address of a Spark Connect server.\nWrite it as sc://HOST:PORT.")
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        raise IamsqlError(
            f"No Spark Connect server can be reached at {host}:{port}: {error.strerror or error}.\n{OMIT_ENGINE_HINT}"
        ) from error


def server_error(url: str, error: Exception) -> IamsqlError:
    """Return the error of a server in two lines."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = (lines[0] if lines else type(error).__name__)[:300]
    return IamsqlError(f"The Spark Connect server {url.partition('/;')[0]} reports: {reason}\n{OMIT_ENGINE_HINT}")
