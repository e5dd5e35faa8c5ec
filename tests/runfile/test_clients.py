"""The results of DuckDB clients name every object of a run file, and iamsql.compat has their numbers."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from pathlib import Path

import duckdb

from iamsql.runfile.clients import CLIENTS, FILE, ClientResult, client_results, compatibility, results_text
from tests.conftest import query
from tests.slow.clients import NEWEST, statements

HINT = "Tables or macros changed. Write the results again: make clients"


def test_the_results_name_every_object_of_a_run_file_for_every_version(demo_run: Path) -> None:
    wanted = set(statements(demo_run))
    found = {
        version: {(result.object, result.kind) for result in results}
        for version, results in groupby(client_results(), lambda result: result.version)
    }
    assert list(found) == [client.tested for client in CLIENTS], HINT
    for version, names in found.items():
        assert names == wanted, f"{HINT}  # {version}: {sorted(names ^ wanted)}"


def test_the_newest_version_is_that_of_iamsql() -> None:
    assert duckdb.__version__.split(".")[:2] == NEWEST.split(".")[:2], HINT


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


def test_a_run_file_has_the_numbers(demo_run: Path) -> None:
    rows = query(demo_run, "from iamsql.compat")
    assert rows == [tuple(row.values()) for row in compatibility()]
    assert [row[0] for row in rows] == [client.versions for client in CLIENTS]


def test_the_file_has_a_row_for_each_result() -> None:
    assert results_text(client_results()) == FILE.read_text(encoding="utf-8")
    assert results_text([ClientResult("1.2.2", "a", "table", "error", 'no "b", c')]).splitlines() == [
        "version,object,kind,result,reason",
        '1.2.2,a,table,error,"no ""b"", c"',
    ]
