"""The results of DuckDB clients are well formed, and the package and iamsql.compat have their counts.

A new table or macro changes nothing here: the counts are about the objects that were measured. Slow tests compare the results.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from pathlib import Path

import duckdb
import pytest

from iamsql.runs.file import clients
from iamsql.runs.file.clients import Compatibility, compatibility
from tests.conftest import query
from tests.slow.client_results import FILE, VERSIONS, ClientResult, client_results, results_text, summary
from tests.slow.clients import NEWEST, statements


def test_each_version_was_asked_for_the_same_objects() -> None:
    counts = {
        version: [(result.object, result.kind) for result in results]
        for version, results in groupby(client_results(), lambda result: result.version)
    }
    assert list(counts) == [versions.tested for versions in VERSIONS]
    for names in counts.values():
        assert len(names) == len(set(names)) and set(names) == set(counts[NEWEST])


@pytest.mark.slow
def test_each_object_of_a_run_file_has_a_statement(demo_run: Path) -> None:
    with duckdb.connect(str(demo_run), read_only=True) as con:
        for (name, _), statement in statements(demo_run).items():
            assert len(con.extract_statements(statement)) == 1, name


def test_the_newest_version_is_that_of_iamsql() -> None:
    assert duckdb.__version__.split(".")[:2] == NEWEST.split(".")[:2], "Write the results again: make clients"


def test_every_object_can_be_read_from_1_4_2_on() -> None:
    failed = [result for result in client_results() if result.result != "ok"]
    assert {result.version for result in failed} == {"1.2.2", "1.3.2", "1.4.1"}


def test_older_versions_refuse_and_never_answer_otherwise_or_run_for_minutes() -> None:
    assert {result.result for result in client_results()} == {"ok", "error"}
    reasons = Counter(
        (result.version, result.reason) for result in client_results() if result.version in ("1.2.2", "1.3.2")
    )
    refusal = "Invalid Input Error: This macro evaluates policies, which needs DuckDB 1.4.2 or later. Update DuckDB."
    assert {reason for _, reason in reasons} == {"", refusal}


def test_every_version_reads_every_table() -> None:
    """A view that calls a macro with CTEs is unreadable in 1.4.0 and 1.4.1, as the macro is."""
    failed = {
        result.object for result in client_results() if result.kind in ("table", "view") and result.result != "ok"
    }
    assert failed == {"aws_iam_action_use"}
    assert all(row.of_tables - row.tables == (row.tested == "1.4.1") and row.tables > 150 for row in compatibility())


def test_the_package_has_the_counts_of_the_results() -> None:
    assert list(compatibility()) == summary(client_results())
    assert results_text(compatibility()) == clients.FILE.read_text(encoding="utf-8")


def test_the_counts_match_each_kind_of_object() -> None:
    results = [
        ClientResult("1.2.2", "a", "table", "ok"),
        ClientResult("1.2.2", "b", "view", "error", "no b"),
        ClientResult("1.2.2", "c", "scalar macro", "ok"),
        ClientResult("1.2.2", "d", "table macro", "differs", "1 rows"),
        ClientResult("1.2.2", "d", "named arguments", "ok"),
        ClientResult("1.3.2", "a", "table", "ok"),
    ]
    first, second, *others = summary(results)
    assert first == Compatibility("1.2", "1.2.2", 1, 2, 1, 2, 1, 1, VERSIONS[0].note)
    assert (second.tables, second.of_tables, second.of_macros) == (1, 1, 0)
    assert len(others) == len(VERSIONS) - 2 and others[-1].note is None


def test_a_run_file_has_the_numbers(demo_run: Path) -> None:
    rows = query(demo_run, "from iamsql.compat")
    assert rows == [tuple(row.values()) for row in compatibility()]
    assert [row[0] for row in rows] == [versions.versions for versions in VERSIONS]


def test_the_file_has_a_row_for_each_result() -> None:
    assert results_text(client_results()) == FILE.read_text(encoding="utf-8")
    assert results_text([ClientResult("1.2.2", "a", "table", "error", 'no "b", c')]).splitlines() == [
        "version,object,kind,result,reason",
        '1.2.2,a,table,error,"no ""b"", c"',
    ]
