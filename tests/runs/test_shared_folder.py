"""A runs folder that other users can write to: their links and logs are neither followed nor applied, and are reported."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.render.files import atomic_write
from iamsql.runs import private_files as folders
from iamsql.runs.file import build
from iamsql.runs.store.open_new import open_new
from iamsql.runs.store.reader import open_run
from iamsql.runs.store.writer import RunWriter
from tests.runs.run_folders import add_run

pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs modes and owners")
WHOSE = "o-demo123456"


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def log_of(path: Path, sql: str) -> Path:
    """Leave a log next to a DuckDB file, as a killed process does."""
    pid = os.fork()
    if not pid:
        con = duckdb.connect(str(path))
        con.execute("set checkpoint_threshold = '1GB'")
        con.execute(sql)
        os._exit(0)
    os.waitpid(pid, 0)
    return path.with_name(path.name + ".wal")


# -- names that exist ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_links_with_the_names_of_new_files_are_not_followed(tmp_path: Path) -> None:
    endings = (".duckdb.partial", ".duckdb", ".duckdb.partial.wal", ".duckdb.wal", ".duckdb.partial.spool")
    runs, victim = tmp_path / "runs", tmp_path / "victim"
    runs.mkdir(mode=0o700)
    now = datetime.now(UTC)
    for second in range(-5, 60):
        (runs / f"{now + timedelta(seconds=second):%Y%m%dT%H%M%SZ}-{WHOSE}{endings[second % 5]}").symlink_to(victim)
    result = run("sync", "--demo", "--quiet", "--table", "aws_iam_user", "--event", "none", "--runs", str(runs))
    assert result.exit_code == 0 and not victim.exists()
    (run_file,) = [path for path in runs.glob("*.duckdb") if not path.is_symlink()]
    assert run_file.stat().st_mode & 0o777 == 0o600


def test_a_folder_without_a_free_name_is_an_error(tmp_path: Path) -> None:
    with patch("iamsql.runs.file.build.is_free", return_value=False), pytest.raises(IamsqlError, match="are taken in"):
        build.free_name(tmp_path, datetime.now(UTC), WHOSE)


@pytest.mark.parametrize("ending", [".partial", ".partial.wal", ".partial.tmp"])
@pytest.mark.parametrize("template", [True, False])
def test_a_new_file_never_replaces_an_existing_one(tmp_path: Path, ending: str, template: bool) -> None:
    source, victim = add_run(tmp_path / "other", 1), tmp_path / "victim"
    path = tmp_path / "runs" / "a.duckdb"
    path.parent.mkdir()
    path.with_name(path.name + ending).symlink_to(victim)
    with pytest.raises(IamsqlError, match=r"Cannot write .*a\.duckdb\.partial: .*File exists|a link has the name"):
        RunWriter(path, source if template else None)
    assert not victim.exists()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name + ending]


def test_an_existing_file_is_not_deleted(tmp_path: Path) -> None:
    partial = tmp_path / "a.duckdb.partial"
    partial.write_text("mine")
    with pytest.raises(IamsqlError):
        open_new(partial, add_run(tmp_path / "other", 1))
    assert partial.read_text() == "mine"


def test_a_download_folder_of_an_earlier_sync_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    landing = RunWriter(tmp_path / "a.duckdb")
    spool = tmp_path / "a.duckdb.partial.spool"
    try:
        spool.mkdir(mode=0o777)
        (spool / "left").touch()
        assert landing.download_folder() == spool and not any(spool.iterdir()) and spool.stat().st_mode & 0o777 == 0o700
        (spool / "mine").touch()
        assert landing.download_folder() == spool and (spool / "mine").exists()
        shutil.rmtree(spool)
        spool.symlink_to(tmp_path / "precious")
        landing._download_folder = None
        with pytest.raises(IamsqlError, match="is not a folder of yours"):
            landing.download_folder()
    finally:
        landing.close()
    assert (tmp_path / "precious" / "file").exists()


def test_a_download_folder_of_another_user_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    with (
        patch("iamsql.runs.private_files.os.getuid", return_value=os.getuid() + 1),
        pytest.raises(IamsqlError, match="not a folder"),
    ):
        folders.new_folder(tmp_path / "spool")


# -- a log next to a run ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_write_ahead_log_next_to_a_finished_run_is_not_applied(tmp_path: Path) -> None:
    path = add_run(tmp_path, 1)
    with duckdb.connect(str(path), read_only=True) as con:
        before = con.execute("select count(*) from iamsql.accounts").fetchone()
    other = tmp_path / "other.duckdb"
    shutil.copy(path, other)
    log = log_of(other, "delete from iamsql.accounts")
    log.rename(tmp_path / f"{path.name}.wal")
    with duckdb.connect(
        str(path), read_only=True
    ) as con:  # DuckDB's behaviour; if this fails, the check is no longer needed
        assert before != (0,) and con.execute("select count(*) from iamsql.accounts").fetchone() == (0,)
    for command in (
        ("query", "select 1"),
        ("query", "select 1", "--run", str(path)),
        ("export", str(tmp_path / "out")),
    ):
        result = run(*command, "--runs", str(tmp_path))
        assert result.exit_code == 2 and "has a write-ahead log next to it" in result.stderr
    assert run("runs", "verify", "--runs", str(tmp_path)).exit_code == 1
    assert "corrupt" in run("runs", "--runs", str(tmp_path)).stdout
    (tmp_path / "link.duckdb").symlink_to(path)
    with pytest.raises(IamsqlError, match="write-ahead log"):
        open_run(tmp_path / "link.duckdb")


@pytest.mark.slow
def test_the_log_of_an_unfinished_run_is_applied(tmp_path: Path) -> None:
    path = add_run(tmp_path, 1, partial=True)
    log_of(path, "create table late as select 1 as n")
    reader = open_run(path)
    assert reader.run("from late").rows == [(1,)]
    reader.close()


# -- who may write the folder ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_a_folder_that_everybody_can_write_to_is_an_error_for_writing_commands(tmp_path: Path, mode: int) -> None:
    runs = tmp_path / "runs of all"
    add_run(runs, 1)
    runs.chmod(mode)
    names_before = sorted(entry.name for entry in runs.iterdir())
    files = tmp_path / "dump.json"
    files.write_text('{"AccessKeyMetadata": []}')
    for command in (("sync", "--demo"), ("import", str(files)), ("runs", "prune", "--keep", "0", "--yes")):
        result = run(*command, "--runs", str(runs))
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"Error: Everyone can write the runs folder {runs}, and could replace its runs")
        assert f"chmod o-w '{runs}'" in result.stderr and "--runs DIR" in result.stderr
    assert sorted(entry.name for entry in runs.iterdir()) == names_before
    for command in (("query", "select 1"), ("runs",), ("runs", "show"), ("runs", "verify"), ("tables",)):
        assert run(*command, "--runs", str(runs)).stderr.count("Everyone can write the runs folder") == 1
    assert "Everyone" not in run("query", "select 1", "--quiet", "--runs", str(runs)).stderr
    assert "Everyone" not in run("query", "select 1", "--run", str(add_run(tmp_path, 2)), "--runs", str(runs)).stderr


@pytest.mark.slow
def test_a_folder_of_a_group_is_written_to_with_a_warning(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    runs.chmod(0o2770)
    sync = ("sync", "--demo", "--table", "aws_iam_user", "--event", "none", "--runs", str(runs))
    with patch("iamsql.runs.private_files._is_private", return_value=False):
        assert f"The group {runs.stat().st_gid} can write the runs folder {runs}" in run(*sync).stderr
        assert len(folders.shared_with(runs)) == 1
    with patch("iamsql.runs.private_files._is_private", return_value=True):
        assert folders.shared_with(runs) == []
    assert run("query", "select 1", "--runs", str(runs)).stderr == ""
    with patch("iamsql.runs.private_files.os.getuid", return_value=4711), patch.object(Path, "stat", _of(4712)):
        assert folders.shared_with(runs) == [
            f"The runs folder {runs} belongs to the user 4712, who can replace its runs."
        ]


def _of(uid: int):  # type: ignore[no-untyped-def]
    plain = Path.stat

    def stat(path: Path, **options: bool) -> os.stat_result:
        result = list(plain(path, **options))
        result[4] = uid
        return os.stat_result(result)

    return stat


@pytest.mark.slow
def test_a_link_or_pipe_is_not_used_as_the_cache_of_run_statuses(tmp_path: Path) -> None:
    add_run(tmp_path, 1)
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    (tmp_path / ".runs.json").symlink_to(victim)
    assert run("runs", "--runs", str(tmp_path)).exit_code == 0
    assert victim.read_text() == "mine"
    (tmp_path / ".runs.json").unlink()
    os.mkfifo(tmp_path / ".runs.json")
    assert run("runs", "--runs", str(tmp_path)).exit_code == 0


def test_a_lock_that_is_a_link_is_an_error(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / ".lock").symlink_to(victim)
    result = run("sync", "--demo", "--quiet", "--table", "aws_iam_user", "--event", "none", "--runs", str(runs))
    assert result.exit_code == 2 and "cannot be locked" in result.stderr and victim.read_text() == "mine"


def test_an_export_does_not_follow_a_link_to_another_folder(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    victim = tmp_path / "profile"
    victim.write_text("mine")
    (tmp_path / "here" / "out.csv").symlink_to(victim)
    with pytest.raises(IamsqlError, match="is a link to another folder"):
        atomic_write(tmp_path / "here" / "out.csv", lambda stream: print("x", file=stream))
    assert victim.read_text() == "mine"
