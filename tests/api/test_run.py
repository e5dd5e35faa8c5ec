"""The Python API over the demo run gives the rows and notes of the commands."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

import iamsql
from iamsql.catalog import query_from_sql
from iamsql.runs.coverage.not_collected import NotCollected
from tests.api.csv_rows import as_csv, command


def test_a_query_gives_the_rows_and_the_notes_of_the_command(run: iamsql.Run, demo_run: Path) -> None:
    rows, notes = command("query", "stale_keys", "--arg", "days=30", demo_run=demo_run)
    answer = run.query("stale_keys", days=30)
    assert as_csv(answer) == rows
    assert list(answer.caveats) == notes
    assert len(answer) == len(rows) - 1 > 0
    assert (answer.query, answer.run_id, answer.parameters["days"]) == ("stale_keys@1", run.id, 30)
    assert answer[0] == next(iter(answer)) == tuple(answer.dicts()[0].values())


def test_the_tables_and_the_coverage_of_a_run(run: iamsql.Run, demo_run: Path) -> None:
    assert run.path == demo_run
    assert run.tables["aws_iam_user"]["create_date"] == "TIMESTAMP WITH TIME ZONE"
    assert {"account_id", "operation", "status"} <= set(run.coverage.columns)
    assert run.started_at == run.metadata.started_at is not None


def test_explain_lists_the_tables_of_sql(run: iamsql.Run) -> None:
    assert {row[0] for row in run.explain("select 1 from aws_iam_role")} == {"aws_iam_role"}


def test_sql_is_never_the_name_of_a_query_or_file(run: iamsql.Run, tmp_path: Path) -> None:
    assert run.sql("select $n + 1 as m", n=1).rows == [(2,)]
    file = tmp_path / "secret.sql"
    file.write_text("select 'secret'", encoding="utf-8")
    assert run.query(str(file)).rows == [("secret",)]
    for text in ("stale_keys", str(file)):
        with pytest.raises(iamsql.IamsqlError, match="Parser Error"):
            run.sql(text)


@pytest.mark.parametrize("sql", ["from read_csv('/etc/passwd')", "attach '/tmp/x.db'", "set memory_limit = '1TB'"])
def test_sql_is_sandboxed(run: iamsql.Run, sql: str) -> None:
    with pytest.raises(iamsql.IamsqlError):
        run.query(sql)


def test_several_threads_share_a_run(demo_run: Path) -> None:
    with iamsql.open(demo_run) as run:
        counts: list[int] = []
        threads = [threading.Thread(target=lambda: counts.append(len(run.query("user_mfa")))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(counts) == 4
        assert len(set(counts)) == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"run": "20200101T000000Z-o-none"}, "no run"),
        ({"timeout": -1}, "timeout is a number of seconds"),
        ({"memory": "much"}, "not a memory size"),
        ({"days": 3}, "give lake as well"),
        ({"lake": "x", "max_bytes": "much"}, "max_bytes is a size"),
        ({"queries": ["/nowhere"]}, "no query folder"),
    ],
)
def test_invalid_options_are_errors(demo_run: Path, options: dict[str, object], reason: str) -> None:
    with pytest.raises(iamsql.IamsqlError, match=reason):
        iamsql.open(**{"runs": demo_run.parent, **options}).query("stale_keys")  # type: ignore[arg-type]


def test_an_unknown_parameter_is_an_error(run: iamsql.Run) -> None:
    with pytest.raises(iamsql.IamsqlError, match="no parameter 'dayz'; did you mean days"):
        run.query("stale_keys", dayz=3)


def test_importing_loads_no_other_module() -> None:
    code = "import sys, iamsql; print([name for name in sys.modules if name.startswith(('iamsql.', 'duckdb', 'boto'))])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "['iamsql.version']\n"


def test_the_names_of_the_package_match_the_api() -> None:
    for name in iamsql.__all__:
        assert getattr(iamsql, name)
        assert name in dir(iamsql)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        iamsql.nothing  # noqa: B018


@pytest.mark.slow
def test_an_answer_needs_a_collected_table(tmp_path: Path) -> None:
    with (
        iamsql.collect(demo=True, runs=tmp_path, accounts=["555566667777"]) as run,
        pytest.raises(NotCollected, match="sync"),
    ):
        run.query("select * from aws_accessanalyzer_finding")


@pytest.mark.slow
def test_a_run_answers_after_a_statement_that_cannot_be_interrupted(demo_run: Path, tmp_path: Path) -> None:
    stuck = "select length(repeat('a', 2000000000))"
    (tmp_path / "stuck.sql").write_text(
        f"-- title: S\n-- kind: control\n-- severity: low\nselect ({stuck})::varchar as resource, 'ok' as status",
        encoding="utf-8",
    )
    with iamsql.open(demo_run, timeout=1, queries=[str(tmp_path)]) as run:
        for ask in (
            lambda: run.sql(stuck),
            lambda: run.sql("with a as (" * 12 + "select 1"),
            lambda: run.check("stuck", "root_mfa"),
            lambda: run.explain(query_from_sql("from range(length(repeat('a', 2000000000)))", "SQL")),
            lambda: run.diff(str(demo_run), sql=stuck),
        ):
            with suppress(iamsql.IamsqlError):
                ask()
            assert run.sql("select 7").rows == [(7,)]
        with pytest.raises(iamsql.IamsqlError, match=r"stuck\.sql: The statement ran for 1 seconds and was stopped"):
            run.check("stuck", "root_mfa")


def test_a_dialect_is_that_of_the_command(run: iamsql.Run) -> None:
    text = "select count(*) from aws_iam_user where name ~* 'A' and tags ->> 'x' is null"
    assert run.query(text, dialect="postgres").rows == run.sql(text, dialect="postgres").rows != []
    with pytest.raises(iamsql.IamsqlError, match=r"unknown dialect 'postgresql'; did you mean postgres"):
        run.query(text, dialect="postgresql")
