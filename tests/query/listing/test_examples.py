"""Each table has example statements, and lists the shipped queries that read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from iamsql.query import listing as describe
from iamsql.query.listing.examples import examples, queries_reading, shipped_queries, tables_read
from iamsql.runs.store.reader import Reader, open_run
from iamsql.tables.registry import all_tables
from tests.tiers import slow_but_every


@pytest.fixture(scope="module")
def reader(demo_run: Path) -> Iterator[Reader]:
    """Open the run file once, because that takes as long as ten queries."""
    with closing(open_run(demo_run)) as opened:
        yield opened


@pytest.mark.parametrize("name", sorted(all_tables()))
def test_each_example_runs(reader: Reader, name: str) -> None:
    assert examples(all_tables()[name])
    for statement in examples(all_tables()[name]):
        assert "\n" not in statement and name in statement
        reader.run(statement)


def test_a_table_lists_the_queries_that_read_it() -> None:
    assert {query.name for query in queries_reading("aws_iam_access_key")} >= {"stale_keys", "keys_never_used"}
    foot = describe.table_footer("aws_cloudtrail_event").splitlines()
    assert "  iamsql query sign_ins                 Sign-ins to the console and to Identity Center" in foot
    assert re.fullmatch(r"  \d+ detections: iamsql queries --kind detection", foot[-1])
    assert "queries that read it:" not in describe.table_footer("aws_cloudtrail_query")


@pytest.mark.parametrize("macro", slow_but_every(4, sorted(shipped_queries())))
def test_the_tables_that_a_query_reads_match_duckdbs_plan(reader: Reader, macro: str) -> None:
    read_tables = reader.tables_of(shipped_queries()[macro].sql)
    tables = {name for name in tables_read(macro) if not name.startswith("iamsql.")}
    relations = {name: all_tables()[name] for name in tables & all_tables().keys()}
    behind = {other for relation in relations.values() for other in relation.tables}
    # The plan may have the typed tables of a view instead of the view.
    views = {name for name, relation in relations.items() if not relation.stored and relation.tables}
    assert tables - views <= read_tables <= tables | behind
