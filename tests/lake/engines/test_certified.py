"""The certified lists are consistent, and a query without a certificate of its present SQL and translation is refused.

Nothing here fails without a certificate: a query can be added without Sail and PySpark. The slow tests of `test_certified_lists.py`
name the queries that have none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from iamsql.catalog import bind, digest
from iamsql.lake.engines import certified
from iamsql.lake.engines.certified import (
    PRODUCT_NAMES,
    Certificate,
    Server,
    certificate_text,
    certificates,
    default_values,
    refusal_reason,
    require_certified,
    require_compared_translation,
)
from iamsql.lake.engines.spark_connect import SparkConnect
from iamsql.lake.engines.translation import translate, translation_hash
from iamsql.model import IamsqlError, Query, Result
from tests.lake.engines.catalogue import newest

RUNS = 5
HASH = re.compile(r"[0-9a-f]{16}")
SERVER = Server("sail", "0.7.2")
QUERY = newest()["stale_keys"]


def certificate_of(query: Query, **changed: str) -> Certificate:
    """Return a certificate of the present query on SERVER: its answers equal DuckDB's."""
    translation = translation_hash(translate(query, default_values(query), is_sail=True).sql)
    certificate = Certificate(
        query.name, str(query.version), digest(query)[:16], translation, "sail", "0.7.2", "ok", "10", "10", ""
    )
    return replace(certificate, **changed)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Certificate]:
    """Replace the list of Sail by one with a certificate of QUERY, which a test can change."""
    rows = {QUERY.name: certificate_of(QUERY)}
    lists: Mapping[str, Mapping[str, Certificate]] = {"sail": rows}
    monkeypatch.setattr(certified, "certificates", lambda product: lists.get(product, {}))
    return rows


@pytest.mark.parametrize("product", PRODUCT_NAMES)
def test_the_lists_are_well_formed(product: str) -> None:
    names = list(certificates(product))
    assert names and names == sorted(names)
    for name, certificate in certificates(product).items():
        assert (certificate.query, certificate.engine) == (name, product)
        assert certificate.version.isdigit() and certificate.engine_version and HASH.fullmatch(certificate.hash), name
        assert HASH.fullmatch(certificate.translation or "0" * 16), name
        assert 0 <= int(certificate.runs_with_rows) <= int(certificate.runs), name
        assert (certificate.result, bool(certificate.reason)) in (("ok", False), ("refused", True)), name


@pytest.mark.parametrize("product", PRODUCT_NAMES)
def test_a_certified_query_was_compared_on_each_run_and_returned_rows(product: str) -> None:
    for name, certificate in certificates(product).items():
        if certificate.result == "ok":
            assert certificate.translation and int(certificate.runs) >= RUNS, name
            assert int(certificate.runs_with_rows) > 0, name


@pytest.mark.parametrize("product", PRODUCT_NAMES)
def test_the_lists_decide_which_shipped_query_is_offered(product: str) -> None:
    server = Server(product, next(iter(certificates(product).values())).engine_version)
    for name, query in newest().items():
        certificate = certificates(product).get(name)
        is_ok = certificate is not None and certificate.is_current(query) and certificate.result == "ok"
        assert (refusal_reason(query, server) == "") == is_ok, name


def test_a_certified_query_is_offered(listed: dict[str, Certificate]) -> None:
    assert refusal_reason(QUERY, SERVER) == ""
    require_certified(QUERY, SERVER)


def test_a_later_patch_of_the_engine_is_the_same_engine(listed: dict[str, Certificate]) -> None:
    assert refusal_reason(QUERY, Server("sail", "0.7.99")) == ""


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sql": "select 1"}, "it has changed since it was compared with DuckDB on Sail"),
        ({"version": 99}, "it was not compared with DuckDB on Sail"),
        ({"shipped": False}, "only queries that iamsql ships are compared"),
        ({"dialect": "postgres"}, "only queries that iamsql ships are compared"),
        ({"name": "unknown"}, "it was not compared with DuckDB on Sail"),
    ],
)
def test_another_query_is_refused(listed: dict[str, Certificate], changed: dict[str, Any], reason: str) -> None:
    assert reason in refusal_reason(replace(QUERY, **changed), SERVER)


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (Server("sail", "9.1.0"), "it was compared with DuckDB on Sail 0.7, and the server has version 9.1.0"),
        (Server("spark", "4.2.1"), "it was not compared with DuckDB on Apache Spark"),
        (Server("other", "1.0"), "it was not compared with DuckDB on other"),
    ],
)
def test_another_engine_is_refused(listed: dict[str, Certificate], server: Server, reason: str) -> None:
    assert refusal_reason(QUERY, server) == reason


def test_the_error_names_the_reason_and_the_way_of_duckdb(listed: dict[str, Certificate]) -> None:
    listed[QUERY.name] = certificate_of(QUERY, result="refused", reason="an element of a JSON array is used as JSON")
    with pytest.raises(IamsqlError) as error:
        require_certified(QUERY, SERVER)
    assert str(error.value) == (
        "stale_keys is not offered on this engine: its answer on Sail is not known to equal DuckDB's "
        "(an element of a JSON array is used as JSON).\nOmit --engine to run the query with DuckDB."
    )


def test_a_certificate_of_a_query_that_no_longer_exists_changes_nothing(listed: dict[str, Certificate]) -> None:
    listed["deleted"] = replace(certificate_of(QUERY), query="deleted")
    assert refusal_reason(QUERY, SERVER) == ""


class ServerOfTests(SparkConnect):
    """A server that answers each translation with no rows."""

    def server(self) -> Server:
        """Return the server of the certificates."""
        return SERVER

    def execute(self, translation: Any, types: Any) -> Result:
        """Return no rows."""
        return Result((), [], ())


@pytest.mark.parametrize("product", PRODUCT_NAMES)
def test_a_query_that_was_added_is_refused_with_the_reason(product: str) -> None:
    added = replace(QUERY, name="added")
    server = Server(product, next(iter(certificates(product).values())).engine_version)
    with pytest.raises(IamsqlError) as error:
        require_certified(added, server)
    assert str(error.value) == (
        f"added is not offered on this engine: it was not compared with DuckDB on {PRODUCT_NAMES[product]}.\n"
        "Omit --engine to run the query with DuckDB."
    )


@pytest.mark.parametrize("arguments", [{}, {"days": "7"}], ids=["defaults", "other"])
def test_a_query_whose_translation_changed_is_refused(
    listed: dict[str, Certificate], arguments: dict[str, str]
) -> None:
    """A macro that the query calls, or a writer of the translation, changes the translation and not the query."""
    server, values = ServerOfTests("sc://localhost", {}), bind(QUERY, arguments)
    server.run(QUERY, values, [])
    listed[QUERY.name] = certificate_of(QUERY, translation="0" * 16)
    with pytest.raises(IamsqlError) as error:
        server.run(QUERY, values, [])
    assert str(error.value) == (
        "stale_keys is not offered on this engine: its translation has changed since it was compared with DuckDB on Sail.\n"
        "Omit --engine to run the query with DuckDB."
    )


@pytest.mark.slow
def test_a_query_with_a_required_parameter_is_compared_by_its_translation_for_null(
    listed: dict[str, Certificate],
) -> None:
    query = newest()["key_history"]
    assert default_values(query) == {"access_key_id": None}
    listed[query.name] = certificate_of(query)
    ServerOfTests("sc://localhost", {}).run(query, {"access_key_id": "AKIAMMJ5447UKIG3DZDQ"}, [])


def test_a_translation_without_a_certificate_is_refused(listed: dict[str, Certificate]) -> None:
    with pytest.raises(
        IamsqlError, match="its translation has changed since it was compared with DuckDB on Apache Spark"
    ):
        require_compared_translation(QUERY, Server("spark", "4.2.1"), "0" * 16)


def test_a_file_has_a_row_for_each_certificate() -> None:
    row = Certificate("q", "1", "abc", "def", "sail", "0.7.2", "refused", "5", "4", 'demo: "x", y')
    assert certificate_text([row]) == (
        "query,version,hash,translation,engine,engine_version,result,runs,runs_with_rows,reason\n"
        'q,1,abc,def,sail,0.7.2,refused,5,4,"demo: ""x"", y"\n'
    )
