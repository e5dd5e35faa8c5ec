"""COPY of typed SQL writes any file, completely and private; COPY of a query file only creates
data files in the working folder."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.query.copy_files import DATA_SUFFIXES, staged_copies
from tests.minimal_run import make_run
from tests.runs.store.sandbox_env import is_refused, run_command

COPY = "copy (select 'pwned' as x) to '{}' (header false, quote '')"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a run, and work in a folder with a folder of queries."""
    path = make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb")
    (tmp_path / "work" / "queries").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return str(path)


def query_file(target: str) -> None:
    """Write the query `cool_report` with a COPY to a target."""
    Path("queries/cool_report.sql").write_text(f"-- title: A cool report\n{COPY.format(target)}\n")


def files(folder: Path) -> list[str]:
    """Return the files of a folder that the test created."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not path.is_dir() and path.name not in ("cool_report.sql", "20260301T100000Z-o-1.duckdb")
    )


BY = ("cool_report", "queries/cool_report.sql", "./queries/cool_report.sql")


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize(
    "target",
    [
        "~/.bashrc",
        "{home}/.bashrc",
        "{home}/new.csv",
        "../new.csv",
        "there.csv",
        "./queries/../there.csv",
        ".git/hooks/post-checkout",
        ".envrc",
        "queries/.hidden.csv",
        "link.csv",
        "dangling.csv",
        "folder/new.csv",
        "s3://bucket/new.csv",
        "queries",
    ],
)
def test_a_query_file_neither_writes_elsewhere_nor_replaces_a_file(
    run: str, tmp_path: Path, target: str, by: str
) -> None:
    (tmp_path / "home" / ".bashrc").write_text("mine\n")
    Path("there.csv").write_text("mine\n")
    Path(".git/hooks").mkdir(parents=True)
    Path("link.csv").symlink_to(tmp_path / "home" / ".bashrc")
    Path("dangling.csv").symlink_to(tmp_path / "home" / "new.csv")
    Path("folder").symlink_to(tmp_path / "home")
    query_file(target.format(home=tmp_path / "home"))
    before = files(tmp_path)
    assert is_refused(run_command("query", by, "--run", run))
    assert files(tmp_path) == before
    assert (tmp_path / "home" / ".bashrc").read_text() == Path("there.csv").read_text() == "mine\n"


@pytest.mark.parametrize("by", BY)
def test_a_query_file_creates_files_in_the_working_folder(run: str, by: str) -> None:
    query_file("new.csv")
    assert run_command("query", by, "--run", run).exit_code == 0
    assert Path("new.csv").read_text() == "pwned\n" and Path("new.csv").stat().st_mode & 0o777 == 0o600
    result = run_command("query", by, "--run", run)
    assert is_refused(result) and "does not replace new.csv" in result.stderr and "--allow-copy" in result.stderr
    Path("results").mkdir()
    query_file("results/deep.csv")
    assert run_command("query", by, "--run", run).exit_code == 0 and Path("results/deep.csv").exists()


@pytest.mark.parametrize("suffix", [*DATA_SUFFIXES, ".CSV.gz", ".json.zst"])
def test_a_query_file_creates_files_with_data(run: str, suffix: str, tmp_path: Path) -> None:
    with staged_copies(COPY.format(f"new{suffix}"), tmp_path / "run.duckdb", is_trusted=False) as (_, copies):
        (temporary,) = map(Path, copies.targets)
        temporary.write_text("data")
    assert Path(f"new{suffix}").read_text() == "data"


CONTROL = (
    "iamsql.toml", "theme/x.sql", "x.duckdb", "x.duckdb.wal", "x.duckdb.partial", "SHA256SUMS", "Makefile", "setup.py", "x.sh",
    "x.csv.sql", "x.sql.gz", "x.gz", "csv", "conftest.py", "x.csv.wal", "trusted", "x.html",
    "queries/x.csv", "queries/theme/x.csv", "own/theme/x.json", "data/x.csv", "data/deep/x.csv", "other/x.csv",
    "lake/manifest/00000009.json", "lake/x.csv", "lake/runs/o/x.json",
)  # fmt: skip


@pytest.mark.parametrize("target", CONTROL)
def test_a_query_file_creates_no_file_that_controls_anything(run: str, tmp_path: Path, target: str) -> None:
    for folder in ("theme", "queries/theme", "own/theme", "data/deep", "other", "lake/manifest", "lake/runs/o"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    Path("lake/manifest/00000001.json").write_text("{}")
    protected = (Path("own"), Path("data"))
    refused = pytest.raises(IamsqlError, match=r"COPY in a query file creates (?:only|no) .*\n.*--allow-copy")
    with refused, staged_copies(COPY.format(target), Path("other/x.duckdb"), is_trusted=False, protected=protected):
        pass
    assert not Path(target).exists()
    with staged_copies(COPY.format(target), tmp_path / "x.duckdb", is_trusted=True, protected=protected) as (_, copies):
        assert list(copies.targets.values()) == [target]


def test_runs_below_the_working_folder_and_named_queries_are_protected(run: str, tmp_path: Path) -> None:
    shutil.copytree(Path(run).parent, "data")
    Path("own").mkdir()
    options = ("--runs", "data", "--queries", "own")
    for target in ("data/x.csv", "own/x.csv", f"data/{Path(run).name}.wal"):
        Path("own/by_name.sql").write_text(f"-- title: By name\n{COPY.format(target)}\n")
        for by in ("by_name", "own/by_name.sql"):
            assert is_refused(run_command("query", by, *options)) and not Path(target).exists()
    assert run_command("query", "select 1", *options).exit_code == 0


@pytest.mark.parametrize("by", BY)
def test_an_allowed_target_is_written(run: str, tmp_path: Path, by: str) -> None:
    target = tmp_path / "home" / "report.csv"
    target.write_text("before\n")
    query_file("~/report.csv")
    assert run_command("query", by, "--run", run, "--allow-copy").exit_code == 0
    assert target.read_text() == "pwned\n"


@pytest.mark.slow
@pytest.mark.parametrize("options", ["typed", "from standard input"])
def test_typed_sql_replaces_a_file_completely(run: str, tmp_path: Path, options: str) -> None:
    target = tmp_path / "home" / "out.csv"
    target.write_text("a longer content that was there before\n")
    target.chmod(0o644)
    other = tmp_path / "home" / "hard.csv"
    os.link(target, other)
    sql = COPY.format(target)
    command = [sys.executable, "-m", "iamsql", "query", sql if options == "typed" else "-", "--run", run]
    subprocess.run(command, input=sql, text=True, check=True, capture_output=True, umask=0)
    assert target.read_text() == "pwned\n" and target.stat().st_mode & 0o777 == 0o600
    assert other.read_text() == "a longer content that was there before\n"
    assert files(tmp_path / "home") == ["hard.csv", "out.csv"]


@pytest.mark.parametrize("options", [(), ("--allow-files",), ("--allow-copy",)])
@pytest.mark.parametrize("dangling", [True, False])
def test_copy_does_not_follow_a_link(run: str, tmp_path: Path, dangling: bool, options: tuple[str, ...]) -> None:
    if not dangling:
        (tmp_path / "home" / "target").write_text("mine\n")
    Path("link.csv").symlink_to(tmp_path / "home" / "target")
    result = run_command("query", COPY.format("link.csv"), "--run", run, *options)
    assert is_refused(result) and "does not write through the link link.csv" in result.stderr
    assert files(tmp_path / "home") == ([] if dangling else ["target"]) and Path("link.csv").is_symlink()


def test_a_failed_copy_leaves_the_existing_file(run: str) -> None:
    Path("out.csv").write_text("mine\n")
    sql = "copy (select error('stop') from range(10)) to 'out.csv'"
    assert is_refused(run_command("query", sql, "--run", run))
    assert Path("out.csv").read_text() == "mine\n" and sorted(map(str, Path().iterdir())) == ["out.csv", "queries"]


def shell(command: str, run: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command; `iamsql` and the run are defined in it."""
    line = command.format(iamsql=f"{sys.executable} -m iamsql", run=run)
    return subprocess.run(["bash", "-c", line], text=True, capture_output=True)


@pytest.mark.slow
def test_standard_output_is_appended_to_and_not_replaced(run: str) -> None:
    """DuckDB opens /dev/stdout by its name, which truncates a file, and renames a temporary file over it as root."""
    Path("log").write_text("before\n")
    devices = sorted(Path("/dev").iterdir())
    inode = os.lstat("/dev/stderr").st_ino
    for name in ("stdout", "stderr"):
        sql = COPY.format(f"/dev/{name}").replace("'", "'\"'\"'")
        mark = ">>" if name == "stdout" else "2>>"
        assert shell(f"{{iamsql}} query '{sql}' --run {{run}} --quiet {mark}log", run).returncode == 0
    assert Path("log").read_text() == "before\npwned\npwned\n"
    assert sorted(Path("/dev").iterdir()) == devices and os.lstat("/dev/stderr").st_ino == inode


@pytest.mark.slow
@pytest.mark.parametrize("stream", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("options", [pytest.param(()), pytest.param(("--allow-files",))])
def test_standard_output_cannot_be_read(run: str, stream: str, options: tuple[str, ...]) -> None:
    Path("log").write_text("PRIOR-SECRET\n")
    sql = f"copy (select 1 as a) to '{stream}'; copy (select content from read_text('{stream}')) to 'out.csv'"
    command = [sys.executable, "-m", "iamsql", "query", sql, "--run", run, *options]
    with Path("log").open("a") as log:
        subprocess.run(command, stdout=log, stderr=subprocess.DEVNULL)
    if not options:
        assert not Path("out.csv").exists()
        assert Path("log").read_text() == "PRIOR-SECRET\n"


@pytest.mark.slow
def test_parquet_on_standard_output_is_complete(run: str) -> None:
    sql = "copy (select range as n from range(1000)) to '/dev/stdout' (format parquet)"
    command = [sys.executable, "-m", "iamsql", "query", sql, "--run", run]
    Path("out.parquet").write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    result = run_command("query", "select sum(n) as n from 'out.parquet'", "--run", run, "--allow-files", "-o", "csv")
    assert result.stdout == "n\n499500\n"


def at_a_terminal(sql: str, run: str) -> bytes:
    """Run SQL with a terminal as standard output; return what reached it."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "iamsql", "query", sql, "--run", run, "--quiet"]
    subprocess.run(command, stdout=theirs, stderr=theirs, timeout=60)
    os.close(theirs)
    output = b""
    try:
        while part := os.read(ours, 4096):
            output += part
    except OSError:  # the other end is closed, and all is read
        pass
    os.close(ours)
    return output


@pytest.mark.slow
def test_a_terminal_gets_no_control_characters(run: str) -> None:
    output = at_a_terminal("copy (select chr(27) || '[31m' || chr(8238) as x) to '/dev/stdout'", run)
    assert b"\x1b" not in output and "\u202e" not in output.decode() and b"\\x1b[31m\\u202e" in output
    binary = at_a_terminal("copy (select 1) to '/dev/stdout' (format parquet)", run)
    assert b"PAR1" not in binary and b"a terminal cannot show" in binary


def test_devices_and_pipes_are_not_written_to(run: str) -> None:
    os.mkfifo("pipe")
    for target in ("pipe", "/dev/full", "/dev/tty0", "/proc/self/mem"):
        assert run_command("query", COPY.format(target), "--run", run).exit_code == 2
