"""What there is: tables with their rows, stored or seen through a view, and queries by kind."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from iamsql import describe
from iamsql.cli import main


def test_rows_of_a_view_are_counted_as_those_of_a_table_are(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "run.duckdb")) as con:
        con.execute("create table aws_iam_user as from range(3)")
        con.execute("create view aws_cloudtrail_lookup_event as from range(10) t(n) where n > 2")
        con.execute("create view somebody_elses as select error('asked')")
    rows = {name: count for name, count, _ in describe.tables(tmp_path, str(tmp_path / "run.duckdb"), True).rows}
    assert (rows["aws_iam_user"], rows["aws_cloudtrail_lookup_event"], rows["aws_iam_role"]) == (3, 7, None)
    assert "somebody_elses" not in rows


def test_every_table_that_stays_a_view_is_counted_in_a_run(demo_run: Path) -> None:
    rows = describe.tables(demo_run.parent, str(demo_run), True).rows
    assert not [name for name, count, _ in rows if count is None]


@pytest.fixture
def shelf(tmp_path: Path) -> str:
    for kind in ("report", "control", "detection"):
        (tmp_path / f"my_{kind}.sql").write_text(f"-- title: Mine\n-- kind: {kind}\n\nselect 1\n")
    return str(tmp_path)


@pytest.mark.parametrize("kind", ["report", "control", "detection"])
def test_queries_are_listed_by_kind(shelf: str, kind: str) -> None:
    listed = describe.queries([shelf], kind)
    place = listed.columns.index("kind")
    assert {row[place] for row in listed.rows} == {kind}
    assert f"my_{kind}" in {row[0] for row in listed.rows}
    assert {f"my_{one}" for one in ("report", "control", "detection")} <= {
        row[0] for row in describe.queries([shelf]).rows
    }


def test_queries_takes_a_kind_and_no_other_word(shelf: str) -> None:
    done = CliRunner().invoke(main, ["queries", "--kind", "control", "--queries", shelf, "-o", "csv"])
    assert (done.exit_code, [line.split(",")[0] for line in done.stdout.splitlines()[1:]]) == (0, ["my_control"])
    done = CliRunner().invoke(main, ["queries", "--kind", "benchmark"])
    assert (done.exit_code, done.stdout) == (2, "") and "detection" in done.stderr
