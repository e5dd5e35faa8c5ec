"""The Python API over the demo run gives the rows and notes of the commands."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

import iamsql
from iamsql import render
from iamsql.catalog import plain
from iamsql.cli import main
from iamsql.lake.add import add_runs
from iamsql.lake.open_storage import open_storage
from iamsql.model import Result
from iamsql.runs.coverage.not_collected import NotCollected
from tests.lake.small_runs import sample_lake


@pytest.fixture
def run(demo_run: Path) -> Iterator[iamsql.Run]:
    with iamsql.open(runs=demo_run.parent) as opened:
        yield opened


def command(*args: str, demo_run: Path) -> tuple[list[list[str]], list[str]]:
    """Return the rows of a command as CSV, with the header, and the lines on standard error."""
    done = CliRunner().invoke(main, [*args, "--runs", str(demo_run.parent), "--output", "csv"])
    assert done.exit_code in (0, 1), done.output
    return list(csv.reader(StringIO(done.stdout))), done.stderr.splitlines()


def as_csv(answer: iamsql.Answer) -> list[list[str]]:
    text = StringIO()
    render.write(Result(answer.columns, answer.rows, answer.types), "csv", text)
    return list(csv.reader(StringIO(text.getvalue())))


def test_a_query_gives_the_rows_and_the_notes_of_the_command(run: iamsql.Run, demo_run: Path) -> None:
    rows, notes = command("query", "stale_keys", "--arg", "days=30", demo_run=demo_run)
    answer = run.query("stale_keys", days=30)
    assert as_csv(answer) == rows
    assert list(answer.caveats) == notes
    assert len(answer) == len(rows) - 1 > 0
    assert (answer.query, answer.run_id, answer.parameters["days"]) == ("stale_keys@1", run.id, 30)
    assert answer[0] == next(iter(answer)) == tuple(answer.dicts()[0].values())


@pytest.mark.slow
def test_a_check_gives_the_results_of_the_command(run: iamsql.Run, demo_run: Path) -> None:
    rows, notes = command("check", "cis_v3.0", demo_run=demo_run)
    checked = run.check("cis_v3.0")
    assert as_csv(checked) == rows
    assert list(checked.caveats) == notes
    assert sum(checked.counts.values()) == len(checked)
    assert checked.passed is False
    assert not checked.failures


@pytest.mark.slow
def test_detections_give_the_findings_of_the_command(run: iamsql.Run, demo_run: Path) -> None:
    names = ("root_api_activity", "trail_stopped", "iam_user_created")
    rows, notes = command("check", *names, "--days", "60", demo_run=demo_run)
    result = run.check(*names, days=60)
    assert as_csv(result) == rows
    assert list(result.caveats) == notes
    assert result.counts["alarm"] == len(result) > 0


def test_a_result_that_is_unknown_is_not_passed(run: iamsql.Run) -> None:
    assert iamsql.CheckAnswer(Result((), []), counts={"ok": 3}).passed is True
    assert iamsql.CheckAnswer(Result((), []), counts={"ok": 3, "error": 1}).passed is None
    assert iamsql.CheckAnswer(Result((), []), counts={}, failures=["x"]).passed is None


def test_the_tables_and_the_coverage_of_a_run(run: iamsql.Run, demo_run: Path) -> None:
    assert run.path == demo_run
    assert run.tables["aws_iam_user"]["create_date"] == "TIMESTAMP WITH TIME ZONE"
    assert {"account_id", "operation", "status"} <= set(run.coverage.columns)
    assert run.started_at == run.metadata.started_at is not None


def test_explain_lists_the_tables_of_sql(run: iamsql.Run) -> None:
    assert {row[0] for row in run.explain("select 1 from aws_iam_role")} == {"aws_iam_role"}


@pytest.mark.slow
def test_the_report_is_written(run: iamsql.Run, tmp_path: Path) -> None:
    caveats = run.report(tmp_path / "page.html", benchmarks=["root_mfa"], trend=0)
    assert isinstance(caveats, tuple)
    assert run.id in (tmp_path / "page.html").read_text(encoding="utf-8")
    with pytest.raises(iamsql.IamsqlError, match="there is no folder"):
        run.report(tmp_path / "missing" / "page.html")


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


def test_files_can_be_allowed(demo_run: Path, tmp_path: Path) -> None:
    (tmp_path / "owners.csv").write_text("name\nann\n", encoding="utf-8")
    with iamsql.open(demo_run, allow_files=True) as run:
        assert run.query(f"from read_csv('{tmp_path}/owners.csv')").rows == [("ann",)]


@pytest.mark.slow
def test_two_runs_with_other_settings_use_one_file_in_turn(demo_run: Path) -> None:
    with iamsql.open(demo_run) as first, iamsql.open(demo_run, allow_files=True) as second:
        assert first.query("select 1").rows == second.query("select 1").rows == first.query("select 1").rows
        assert first.check("root_mfa").columns
        assert first.query("select 2").rows == [(2,)]


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


def in_threads(number: int, work: Callable[[int], object]) -> list[object]:
    """Return the values of a function for each thread; an error of a thread is raised."""
    with ThreadPoolExecutor(number) as threads:
        started = threading.Barrier(number)
        return list(threads.map(lambda index: (started.wait(), work(index))[1], range(number)))


def ask_twice(timeout: float, **where: Any) -> object:
    with iamsql.open(timeout=timeout, **where) as run:
        return run.query("select count(*) from aws_iam_user").rows, len(run.query("stale_keys", days=30))


def test_several_threads_open_one_run_with_other_settings(demo_run: Path) -> None:
    found = in_threads(6, lambda index: ask_twice(100 + index, run=demo_run))
    assert len(found) == 6 and all(answer == found[0] for answer in found)


@pytest.mark.slow
def test_several_threads_open_one_lake(demo_run: Path) -> None:
    lake = sample_lake().name
    found = in_threads(6, lambda index: [ask_twice(100 + index, lake=lake) for _ in range(3)])
    expected = ask_twice(100, run=demo_run)
    assert found == [[expected] * 3] * 6


def test_a_run_opens_again_after_it_was_closed(demo_run: Path) -> None:
    run = iamsql.open(demo_run)
    run.close()
    assert run.query("select 1").rows == [(1,)]
    run.close()


@pytest.mark.slow
def test_a_file_that_was_replaced_is_read_again(demo_run: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(demo_run, tmp_path))
    with iamsql.open(path) as run:
        before = run.query("select count(*) from aws_iam_user").rows
    other = shutil.copy(demo_run, tmp_path / "other")
    with duckdb.connect(str(other)) as changed:
        changed.execute("delete from aws_iam_user where name like 'a%'")
    Path(other).replace(path)
    with iamsql.open(path) as run:
        assert run.query("select count(*) from aws_iam_user").rows < before


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


@pytest.mark.parametrize(
    ("names", "options", "reason"),
    [
        (["stale_kys"], {}, "detection named 'stale_kys'"),
        (["cis_v3.0"], {"severity": "worst"}, "The severity is"),
        (["cis_v3.0"], {"days": 3}, "days is for detections"),
    ],
)
def test_an_invalid_check_is_an_error(
    run: iamsql.Run, names: list[str], options: dict[str, object], reason: str
) -> None:
    with pytest.raises(iamsql.IamsqlError, match=reason):
        run.check(*names, **options)  # type: ignore[arg-type]


def test_an_unknown_parameter_is_an_error(run: iamsql.Run) -> None:
    with pytest.raises(iamsql.IamsqlError, match="no parameter 'dayz'; did you mean days"):
        run.query("stale_keys", dayz=3)


@pytest.mark.slow
def test_a_lake_gives_the_rows_of_the_run(demo_run: Path, tmp_path: Path) -> None:
    add_runs(open_storage(str(tmp_path / "lake")), [demo_run], lambda line: None)
    with iamsql.open(lake=str(tmp_path / "lake")) as lake, iamsql.open(demo_run) as run:
        assert lake.query("stale_keys").rows == run.query("stale_keys").rows


def test_importing_loads_no_other_module() -> None:
    code = "import sys, iamsql; print([name for name in sys.modules if name.startswith(('iamsql.', 'duckdb', 'boto'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['iamsql.version']\n"


def test_the_names_of_the_package_are_those_of_the_api() -> None:
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
            lambda: run.explain(plain("from range(length(repeat('a', 2000000000)))", "SQL")),
            lambda: run.diff(str(demo_run), sql=stuck),
        ):
            with suppress(iamsql.IamsqlError):
                ask()
            assert run.sql("select 7").rows == [(7,)]
        with pytest.raises(iamsql.IamsqlError, match=r"stuck\.sql: The statement ran for 1 seconds and was stopped"):
            run.check("stuck", "root_mfa")


def test_a_file_that_is_not_a_run_is_an_error_at_once(tmp_path: Path) -> None:
    file = tmp_path / "users.txt"
    file.write_text("root:x:0:0\n")
    with pytest.raises(iamsql.IamsqlError, match=r"users\.txt cannot be read as a run"):
        iamsql.open(file)
    with pytest.raises(iamsql.IamsqlError, match="There is no file"):
        iamsql.open(tmp_path / "nothing.duckdb")


def test_a_dialect_is_that_of_the_command(run: iamsql.Run) -> None:
    text = "select count(*) from aws_iam_user where name ~* 'A' and tags ->> 'x' is null"
    assert run.query(text, dialect="postgres").rows == run.sql(text, dialect="postgres").rows != []
    with pytest.raises(iamsql.IamsqlError, match=r"unknown dialect 'postgresql'; did you mean postgres"):
        run.query(text, dialect="postgresql")
