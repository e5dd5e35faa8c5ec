"""The list of runs for a terminal: what each run collected."""

from __future__ import annotations

from pathlib import Path

from iamsql.runs.listing import COLUMNS, listed_runs
from iamsql.runs.status import table_of_runs
from iamsql.tables.registry import all_tables
from tests.minimal_run import GAPS, make_run


def test_the_rows_match_the_table_of_runs(tmp_path: Path) -> None:
    make_run(tmp_path / "20260301T100000Z-o-1.duckdb", GAPS)
    (tmp_path / "20260302T100000Z-o-1.duckdb").write_text("not a database")
    listing, table = listed_runs(tmp_path), table_of_runs(tmp_path)
    assert listing.columns == tuple(COLUMNS)
    shared = [name for name in table.columns if name in COLUMNS]
    assert set(shared) == set(table.columns)
    rows = [
        [dict(zip(result.columns, row, strict=True))[name] for name in shared]
        for result in (listing, table)
        for row in result.rows
    ]
    assert rows[:2] == rows[2:]


def test_a_run_has_the_events_and_the_number_of_tables_that_it_collected(tmp_path: Path) -> None:
    make_run(tmp_path / "20260301T100000Z-o-1.duckdb", GAPS)
    (row,) = (dict(zip(COLUMNS, row, strict=True)) for row in listed_runs(tmp_path).rows)
    assert row["events"] == "by name"
    collected, _, total = row["tables"].partition(" of ")
    assert 0 <= int(collected) < int(total) == len(all_tables())
