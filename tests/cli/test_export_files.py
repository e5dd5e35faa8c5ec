"""--export of `query`, `check` and `diff` to spreadsheets and Parquet: private and atomic, with the notes on missing data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from click.testing import CliRunner, Result

from iamsql.cli import export_files, main
from iamsql.cli.export_files import BINARY_SUFFIXES
from iamsql.model import Result as Rows
from iamsql.render.provenance import Provenance
from tests.minimal_run import GAPS, make_run

SUFFIXES = ".csv, .json, .jsonl, .ndjson, .md, .txt, .xlsx, .parquet"
FURTHER = {"check": ", .ocsf.json, .ocsf.jsonl, .asff.json"}
FINDINGS = (
    "select null::timestamp as event_time, account_id, '' as region, name as actor, "
    "'' as source_ip_address, 'x' as event_name, "
)
FILES = {
    "people.sql": "-- title: People\n-- param: age integer = 5\n-- version: 3\nselect name from aws_iam_user where age > $age",
    "young.sql": "-- title: Young people\n-- kind: control\n-- severity: high\nselect name as resource, "
    "if(age > 15, 'alarm', 'ok') as status, 'r' as reason, account_id, '' as region, age from aws_iam_user order by all",
    "seen.sql": "-- title: Seen\n-- kind: detection\n-- severity: low\n" + FINDINGS + "'' as target, '' as detail, "
    "'e' || age as event_id from aws_iam_user",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("IAMSQL_QUERIES", str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    for name, text in FILES.items():
        (tmp_path / "mine" / name).write_text(text)
    make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb", GAPS)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def rows(path: str, sheet: str = "results") -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))


def parquet(path: str) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute(f"from '{path}'").fetchall()


@pytest.mark.slow
def test_a_query_is_exported_with_its_parameters_and_the_notes_of_stderr(folder: Path) -> None:
    result = run("query", "people", "--arg", "age=15", "--export", "a.xlsx")
    assert (result.exit_code, result.stdout, rows("a.xlsx")) == (0, "", [("name",), ("bo",)])
    about = dict(rows("a.xlsx", "About"))
    assert (about["Title"], about["Query"], about["Parameter age"], about["Run"]) == (
        "People", "people@3", 15, "20260301T100000Z-o-1",
    )  # fmt: skip
    assert about["Notes"].startswith("2 of 4 accounts not read in full") and about["Notes"] in result.stderr
    assert Path("a.xlsx").stat().st_mode & 0o777 == 0o600


def test_sql_is_the_title_of_its_file(folder: Path) -> None:
    assert run("query", "select 1 as a, 'x' as b", "--export", "a.xlsx").exit_code == 0
    assert rows("a.xlsx", "About")[0] == ("Title", "select 1 as a, 'x' as b")
    assert rows("a.xlsx", "About")[-1] == ("Notes", "None.")


@pytest.mark.slow
def test_a_query_is_exported_to_parquet(folder: Path) -> None:
    assert run("query", "from aws_iam_user select name, age", "--export", "a.PARQUET").exit_code == 0
    assert parquet("a.PARQUET") == [("ana", 10), ("bo", 20)]
    assert Path("a.PARQUET").stat().st_mode & 0o777 == 0o600
    assert run("query", "people", "--explain", "--export", "b.parquet").exit_code == 0
    assert parquet("b.parquet")[0][0] == "aws_iam_user"


@pytest.mark.slow
def test_a_check_is_exported_with_its_filters_and_what_could_not_be_evaluated(folder: Path) -> None:
    result = run("check", "young", "--severity", "low", "--where", "status <> 'ok'", "--export", "a.xlsx")
    assert result.exit_code == 1
    header, *results = rows("a.xlsx", "Results")
    assert header[5:9] == ("severity", "status", "resource", "reason")
    alarm = next(row for row in results if row[6] == "alarm")
    assert alarm[5:10] == ("high", "alarm", "bo", "r", "222222222222") and alarm[12] == '{"age":20}'
    assert {row[6] for row in results} == {"alarm", "error", "skip"}
    about = rows("a.xlsx", "About")
    assert ("Parameter --where", "status <> 'ok'") in about and ("Parameter --severity", "low") in about
    notes = about[[name for name, _ in about].index("Notes") :]
    assert all(str(note) in result.stderr for _, note in notes) and "could not be evaluated" in str(notes)


@pytest.mark.slow
def test_a_check_and_detections_are_exported_to_parquet(folder: Path) -> None:
    assert run("check", "young", "--export", "a.parquet").exit_code == 1
    assert {("ok", "ana"), ("alarm", "bo")} <= {row[6:8] for row in parquet("a.parquet")}
    assert run("check", "seen", "--export", "b.parquet").exit_code == 1
    assert [row[:2] for row in parquet("b.parquet")] == [("low", "seen")] * 2
    assert run("check", "seen", "--export", "b.xlsx").exit_code == 1
    assert rows("b.xlsx", "About")[:2] == [("Title", "Findings of detections"), ("Query", "seen")]


@pytest.mark.slow
def test_a_diff_is_exported(folder: Path) -> None:
    copy = make_run(folder / "runs" / "20260302T100000Z-o-1.duckdb", GAPS, statements=("delete from aws_iam_user",))
    result = run("diff", "20260301T100000Z-o-1", str(copy), "--query", "people", "--key", "name", "--export", "a.xlsx")
    assert result.exit_code == 0, result.output
    assert rows("a.xlsx", "About")[0][1].startswith("Changes from run 20260301T100000Z-o-1 to run ")
    assert len(rows("a.xlsx")[0]) == 14


@pytest.mark.parametrize("command", [("query", "people"), ("check", "seen"), ("diff",)])
def test_an_unknown_suffix_is_refused_before_the_query_runs(folder: Path, command: tuple[str, ...]) -> None:
    result = run(*command, "--export", "a.xls")
    assert (result.exit_code, result.stderr) == (
        2,
        f"Error: cannot determine the format of a.xls: use --output, or a name that ends in {SUFFIXES}"
        f"{FURTHER.get(command[0], '')}\n",
    )  # fmt: skip


def test_an_unknown_suffix_of_controls_is_refused_with_all_suffixes(folder: Path) -> None:
    assert run("check", "young", "--export", "a.xls").stderr.endswith(
        "ends in .ocsf.json, .ocsf.jsonl, .asff.json, "
        ".junit.xml, .sarif.json, .sarif, .xml, .csv, .json, .jsonl, .ndjson, .md, .txt, .xlsx, .parquet\n"
    )


@pytest.mark.parametrize("command", [("query", "people"), ("check", "young"), ("check", "seen"), ("diff",)])
def test_a_file_format_is_not_an_output_format(folder: Path, command: tuple[str, ...]) -> None:
    assert "xlsx is a format of files: use --out FILE.xlsx" in run(*command, "-o", "xlsx").stderr
    result = run(*command, "-o", "csv", "--export", "a.parquet")
    assert (result.exit_code, "--out a.parquet takes no --output" in result.stderr) == (2, True)
    assert not Path("a.parquet").exists()


@pytest.mark.parametrize("suffix", BINARY_SUFFIXES)
def test_a_failure_keeps_the_old_file(folder: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(f"a{suffix}")
    path.write_text("old")
    path.chmod(0o644)

    def fail(result: object, partial: Path, provenance: object) -> None:
        partial.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("iamsql.cli.export_files._find_writer", lambda path: fail)
    done = run("query", "people", "--export", str(path))
    assert (done.exit_code, done.stderr) == (2, f"Error: cannot write a{suffix}: No space left on device\n")
    assert (path.read_text(), [at.name for at in Path().glob("*.partial")]) == ("old", [])
    assert not list(Path().glob(".a*"))


@pytest.mark.slow
@pytest.mark.parametrize("suffix", BINARY_SUFFIXES)
def test_a_file_is_replaced_and_a_link_is_followed(folder: Path, suffix: str) -> None:
    real, link = Path(f"real{suffix}"), Path(f"link{suffix}")
    real.write_text("old")
    real.chmod(0o644)
    link.symlink_to(real.resolve())
    assert run("query", "people", "--export", str(link)).exit_code == 0
    assert link.is_symlink() and real.stat().st_size > 100 and real.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("suffix", BINARY_SUFFIXES)
def test_a_full_disk_is_an_error(suffix: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with pytest.raises(OSError, match=r"No space left|IO Error"):
        export_files._find_writer(Path(f"a{suffix}"))(Rows(("a",), [(1,)], ("BIGINT",)), Path("/dev/full"), Provenance)
