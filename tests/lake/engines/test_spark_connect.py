"""A query on Sail's local server returns what DuckDB returns; everything that fails is an error of two lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from iamsql.catalog import bind
from iamsql.lake.engines.certified import certificates
from iamsql.lake.engines.spark_connect import SparkConnect, connect, server_error
from iamsql.lake.engines.tables import stored_tables
from iamsql.model import IamsqlError, Result
from iamsql.tables.fragments.events import EVENTS_TABLE, STORED_COLUMNS
from tests.conftest import sample_run
from tests.lake.engines.catalogue import newest
from tests.lake.engines.certify import sail_server
from tests.lake.engines.compare import expected_answer
from tests.lake.engines.parquet_files import export


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with sail_server() as address:
        yield address


@pytest.fixture(scope="module")
def engine(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkConnect]:
    files = export(sample_run(), tmp_path_factory.mktemp("parquet"))
    with closing(SparkConnect(url, files)) as opened:
        yield opened


def duckdb_answer(name: str) -> Result:
    """Return DuckDB's answer to a query with the defaults of its parameters."""
    with closing(duckdb.connect(str(sample_run()), read_only=True)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return expected_answer(connection, newest()[name], bind(newest()[name], {}))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["root_activity", "user_mfa", "sign_ins", "trust_graph"])
def test_answers_equal_the_answers_of_duckdb(engine: SparkConnect, name: str) -> None:
    expected = duckdb_answer(name)
    types = list(zip(expected.columns, expected.types, strict=True))
    actual = engine.run(newest()[name], bind(newest()[name], {}), types)
    assert (actual.columns, actual.types) == (expected.columns, expected.types)
    assert list(map(repr, actual.rows)) == list(map(repr, expected.rows))
    assert actual.rows


@pytest.mark.slow
def test_the_server_is_sail_and_supports_certified_queries(engine: SparkConnect) -> None:
    assert engine.server().product == "sail"
    assert engine.refusal_reason(newest()["root_activity"]) == ""
    refused = next(
        certificate
        for certificate in certificates("sail").values()
        if certificate.result == "refused" and certificate.query in newest()
    )
    assert refused.reason in engine.refusal_reason(newest()[refused.query])
    with pytest.raises(IamsqlError, match=f"{refused.query} is not offered"):
        engine.run(newest()[refused.query], {}, [])


@pytest.mark.slow
def test_a_table_without_files_is_empty(url: str) -> None:
    query = newest()["root_activity"]
    expected = duckdb_answer("root_activity")
    with closing(SparkConnect(url, {})) as engine:
        result = engine.run(query, bind(query, {}), list(zip(expected.columns, expected.types, strict=True)))
    assert result.rows == []


@pytest.mark.slow
def test_events_of_later_runs_are_left_out(url: str, tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    declared = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in stored_tables()[EVENTS_TABLE].items())
    rows = f"select {declared}, run as lake_run from (values ('2026-a'), ('2026-b'), ('2026-c')) as r(run)"
    duckdb.execute(f"copy ({rows}) to '{path}' (format parquet)")
    for until, count in (("2026-b", 2), ("", 3), ("2026", 0)):
        with closing(SparkConnect(url, {EVENTS_TABLE: [str(path)]}, until)) as engine:
            engine._create_view(EVENTS_TABLE)
            assert engine._fetch_rows("select count(*) from iamsql__events") == [(count,)]
            assert len(engine._session_or_connect().table("iamsql__events").columns) == len(STORED_COLUMNS)


@pytest.mark.slow
def test_answers_with_too_many_rows_are_refused(engine: SparkConnect) -> None:
    limited = replace(engine, max_rows=2)
    with pytest.raises(IamsqlError, match="more than 2 rows"):
        limited._fetch_rows("select explode(array(1, 2, 3))")


@pytest.mark.slow
def test_a_statement_is_interrupted_after_the_time_limit(engine: SparkConnect) -> None:
    limited = replace(engine, max_seconds=1.0)
    with pytest.raises(IamsqlError, match="The statement took more than 1 seconds on the server"):
        limited._fetch_rows("select count(distinct sha2(cast(id as string), 256)) from range(2000000000)")


@pytest.mark.slow
def test_an_error_of_the_server_is_an_error_of_two_lines(engine: SparkConnect) -> None:
    with pytest.raises(IamsqlError, match="reports: ") as error:
        engine._fetch_rows("select missing from nowhere")
    assert len(str(error.value).splitlines()) == 2


def test_an_address_that_is_none_is_refused() -> None:
    for url in ("http://localhost:1", "sc:", "localhost", "sc://host:port"):
        with pytest.raises(IamsqlError, match="is not an address of a Spark Connect server"):
            connect(url)


def test_a_server_that_does_not_listen_is_an_error_at_once() -> None:
    with pytest.raises(IamsqlError, match="No Spark Connect server can be reached at localhost:1"):
        connect("sc://localhost:1")


def test_a_missing_client_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "iamsql.lake.engines.session", None)
    monkeypatch.setattr("iamsql.lake.engines.spark_connect._require_listener", lambda url: None)
    with pytest.raises(IamsqlError, match=r"pip install '\.\[spark\]'"):
        connect("sc://localhost:15002")


def test_an_error_without_a_text_has_the_name_of_its_class() -> None:
    assert str(server_error("sc://h:1", ValueError(""))).startswith(
        "The Spark Connect server sc://h:1 reports: ValueError"
    )
