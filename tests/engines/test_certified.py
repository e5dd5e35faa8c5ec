"""The certified lists name every shipped query with its present hash, and decide which query an engine is offered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamsql.catalog import defaults, digest
from iamsql.engines.certified import (
    Certificate,
    Server,
    certificate_text,
    certificates,
    refusal,
    require_certified,
    require_compared_translation,
)
from iamsql.engines.translation import translate, translation_hash
from iamsql.model import IamsqlError
from tests.engines.catalogue import newest, reads_only_tables
from tests.engines.translations import translation_hashes

SHARES = {"sail": 0.90, "spark": 0.85}  # of the queries that read only tables
RUNS = 5


@pytest.mark.parametrize("product", SHARES)
def test_every_query_is_listed_with_its_present_hash(product: str) -> None:
    listed = certificates(product)
    assert set(listed) == set(newest())
    for name, query in newest().items():
        assert (listed[name].version, listed[name].hash) == (str(query.version), digest(query)[:16]), name


# Translating takes a tenth of a second for each query. A changed macro or rule concerns many queries.
@pytest.mark.slow
@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_every_query_is_translated_as_when_it_was_compared(step: int) -> None:
    changed: dict[str, list[str]] = {product: [] for product in SHARES}
    for name, query in list(newest().items())[::step]:
        hashes = translation_hashes(query)
        for product, names in changed.items():
            if certificates(product)[name].translation != hashes[product]:
                names.append(name)
    commands = {"sail": "make certify", "spark": "make certify-spark"}
    assert not any(changed.values()), (
        "A macro, a called query or a rule changed translations. Compare them:\n"
        + "\n".join(f"{commands[product]}  # {', '.join(names)}" for product, names in changed.items() if names)
    )


@pytest.mark.parametrize("product", SHARES)
def test_a_query_is_certified_or_refused_for_a_reason(product: str) -> None:
    for name, found in certificates(product).items():
        assert found.engine == product
        assert (found.result, bool(found.reason)) in (("ok", False), ("refused", True)), name
        assert found.result == "refused" or int(found.runs) >= RUNS, name


@pytest.mark.parametrize("product", SHARES)
def test_most_queries_that_read_only_tables_are_certified(product: str) -> None:
    names = [name for name, query in newest().items() if reads_only_tables(query)]
    certified = [name for name in names if certificates(product)[name].result == "ok"]
    assert len(certified) >= SHARES[product] * len(names)


@pytest.mark.parametrize("product", SHARES)
def test_certified_queries_returned_rows(product: str) -> None:
    empty = [
        name for name, found in certificates(product).items() if found.result == "ok" and found.runs_with_rows == "0"
    ]
    assert empty == []


def server(product: str = "sail") -> Server:
    """Return a server with the version of the certified list."""
    found = certificates(product)["root_activity"]
    return Server(found.engine, found.engine_version)


def test_a_certified_query_is_offered() -> None:
    assert refusal(newest()["root_activity"], server()) == ""


def test_a_later_patch_of_the_engine_is_the_same_engine() -> None:
    release = server().release
    assert refusal(newest()["root_activity"], Server("sail", f"{release}.99")) == ""


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
def test_another_query_is_refused(changed: dict[str, object], reason: str) -> None:
    assert reason in refusal(replace(newest()["root_activity"], **changed), server())  # type: ignore[arg-type]


def test_another_version_of_the_engine_is_refused() -> None:
    reason = refusal(newest()["root_activity"], Server("sail", "9.1.0"))
    assert reason == f"it was compared with DuckDB on Sail {server().release}, and the server has version 9.1.0"


def test_an_unknown_engine_is_refused() -> None:
    assert refusal(newest()["root_activity"], Server("other", "1.0")) == "it was not compared with DuckDB on other"


@pytest.mark.parametrize("product", SHARES)
def test_the_translation_that_was_compared_is_offered(product: str) -> None:
    for name in ("root_activity", "stale_keys"):
        query = newest()[name]
        sql = translate(query, defaults(query), is_sail=product == "sail").sql
        require_compared_translation(query, defaults(query), server(product), translation_hash(sql))


def test_another_translation_is_refused() -> None:
    query = newest()["stale_keys"]
    with pytest.raises(IamsqlError, match="its translation has changed since it was compared with DuckDB on Sail"):
        require_compared_translation(query, defaults(query), server(), "0" * 16)


def test_the_translation_for_other_arguments_is_not_listed() -> None:
    query = newest()["stale_keys"]
    require_compared_translation(query, {"days": 7}, server(), "0" * 16)


def test_the_error_names_the_reason_and_the_way_of_duckdb() -> None:
    with pytest.raises(IamsqlError) as error:
        require_certified(newest()["trail_complete"], server())
    assert str(error.value) == (
        "trail_complete is not offered on this engine: its answer on Sail is not known to equal DuckDB's "
        "(an element of a JSON array is used as JSON).\nOmit --engine to run the query with DuckDB."
    )


def test_a_file_has_a_row_for_each_certificate() -> None:
    row = Certificate("q", "1", "abc", "def", "sail", "0.7.2", "refused", "5", "4", 'demo: "x", y')
    assert certificate_text([row]) == (
        "query,version,hash,translation,engine,engine_version,result,runs,runs_with_rows,reason\n"
        'q,1,abc,def,sail,0.7.2,refused,5,4,"demo: ""x"", y"\n'
    )
