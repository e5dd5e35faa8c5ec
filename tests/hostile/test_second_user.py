"""Another user of the machine reads nothing that iamsql writes, and redirects nothing that iamsql reads or writes.

The tests that need two users run as root: root uses iamsql, and a process with the user ID NOBODY attacks.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from prompt_toolkit.history import InMemoryHistory

from iamsql.query.shell.prompt import open_history
from iamsql.runs.file import template
from iamsql.runs.file.source_hash import content_hash
from tests.minimal_run import make_run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
RUN = "20260101T000000Z-o-x.duckdb"
two_users = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become another user"
)
pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a folder that every user of the machine can enter."""
    folder = Path(mkdtemp(prefix="iamsql-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def iamsql(home: Path, *args: str, umask: int = 0o022, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command with all its folders under `home`; a command that does not end fails the test."""
    names = {"HOME": home, "XDG_CACHE_HOME": home / "cache", "XDG_DATA_HOME": home / "data", "PYTHONPATH": ROOT}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "IAMSQL_"))}
    command = [sys.executable, "-m", "iamsql", *args]
    env = inherited | {name: str(value) for name, value in names.items()}
    return subprocess.run(
        command, cwd=home, env=env, umask=umask, input=text, capture_output=True, text=True, timeout=120
    )


def as_nobody(act: Callable[[], bool]) -> bool:
    """Return what a function returns in a process of another user; False if it raises."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os._exit(0 if act() else 1)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def readable(path: Path) -> bool:
    """Return whether the file can be read."""
    return bool(path.read_bytes()[:1])


@two_users
def test_another_user_reads_no_run_export_or_cache_with_any_umask(home: Path) -> None:
    options = ("--account", "111122223333", "--table", "aws_iam_user")
    assert iamsql(home, "sync", "--demo", *options, umask=0).returncode == 0
    assert iamsql(home, "query", "select * from aws_iam_user", "--export", "users.csv", umask=0).returncode == 0
    assert iamsql(home, "export", "tables", "--table", "aws_iam_user", umask=0).returncode == 0
    (home / "control.txt").write_text("everybody reads this")
    files = [path for path in home.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".duckdb", ".csv", ".parquet", ".json", ".txt"}
    assert [path.name for path in files if as_nobody(lambda path=path: readable(path))] == ["control.txt"]


def test_a_link_instead_of_the_list_of_runs_is_replaced_and_its_target_unchanged(home: Path) -> None:
    runs, victim = home / "runs", home / "victim.json"
    make_run(runs / RUN)
    victim.write_text("precious")
    (runs / ".runs.json").symlink_to(victim)
    for command in (("runs",), ("query", "select 1")):
        result = iamsql(home, *command, "--runs", str(runs))
        assert result.returncode == 0, result.stderr
    assert victim.read_text() == "precious"
    status = (runs / ".runs.json").lstat()
    assert stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o600


@pipes
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large"])
def test_the_list_of_runs_may_be_invalid_and_the_runs_are_listed(home: Path, kind: str) -> None:
    runs = home / "runs"
    make_run(runs / RUN)
    planted = runs / ".runs.json"
    {
        "pipe": lambda: os.mkfifo(planted),
        "device": lambda: planted.symlink_to("/dev/zero"),
        "folder": planted.mkdir,
        "large": lambda: (planted.touch(), os.truncate(planted, 1 << 40)),
    }[kind]()
    result = iamsql(home, "runs", "--runs", str(runs), "-o", "csv")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[1].startswith(RUN.removesuffix(".duckdb"))


def test_the_history_is_a_private_file_also_behind_a_link_of_the_user(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.write_text("\n# 2026-01-01\n+select 1;\n")
    target.chmod(0o666)
    (tmp_path / "history").symlink_to(target)
    past = open_history(tmp_path / "history")
    assert list(past.load_history_strings()) == ["select 1;"]
    past.store_string("select 2;")
    assert "+select 2;" in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pipes
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_a_history_that_is_not_a_regular_file_is_not_used(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "history"
    {"pipe": lambda: os.mkfifo(path, 0o644), "device": lambda: path.symlink_to("/dev/zero"), "folder": path.mkdir}[
        kind
    ]()
    before = path.stat()
    assert isinstance(open_history(path), InMemoryHistory)
    assert (path.stat().st_mode, path.stat().st_size) == (before.st_mode, before.st_size)


@two_users
def test_a_history_of_another_user_is_not_used(home: Path) -> None:
    victim = home / "victim"
    victim.write_text("precious")
    state = home / "state"
    state.mkdir()
    state.chmod(0o777)
    assert as_nobody(lambda: (state / "history").symlink_to(victim) is None)
    assert as_nobody(lambda: (state / "other").write_text("+select 1;") > 0)
    assert isinstance(open_history(state / "history"), InMemoryHistory)
    assert isinstance(open_history(state / "other"), InMemoryHistory)
    assert victim.read_text() == "precious" and stat.S_IMODE(victim.stat().st_mode) == 0o644


@two_users
def test_a_template_of_another_user_is_not_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of the template in a source tree can be known, so another user could put one there first."""
    home.chmod(0o777)
    folder = home / "templates"
    monkeypatch.setattr(template, "BUILT", folder)
    stored = folder / f"{content_hash()}.duckdb"
    assert as_nobody(
        lambda: folder.mkdir(0o755) is None and stored.write_text("x") == 1 and stored.chmod(0o644) is None
    )
    template.checked_template.cache_clear()
    try:
        assert template.template().parent != folder
    finally:
        template.checked_template.cache_clear()
    assert [path.read_text() for path in folder.iterdir()] == ["x"]
