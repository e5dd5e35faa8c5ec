"""Output on a pseudo-terminal: hostile names are printed visibly by each command and format, and do not control the terminal."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsql.check.outputs import formats as outputs
from iamsql.cli import main
from iamsql.cli.display_bar import BarDisplay
from iamsql.render import FORMATS
from tests.check.diff.run_pairs import pair
from tests.hostile.names import VICTIM, hostile_aws
from tests.tiers import slow_but_every

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals")
tty = pytest.importorskip("tty")
ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "\x1b[2J\x9b31m\u202e\u2066\u200b\u2028\U000e0041\ufeff"
SPELLED = r"\x1b[2J\x9b31m\u202e\u2066\u200b\u2028\U000e0041\ufeff"
SQL = " || ".join(f"chr({ord(char)})" for char in HOSTILE)
ACCOUNTS = ("111122223333", VICTIM, "121212121212")


class Screen:
    """A pseudo-terminal; `text` returns what was written to `stream`."""

    def __init__(self) -> None:
        self._leader, self.end = pty.openpty()
        tty.setraw(self.end)
        self._read: list[bytes] = []
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # Linux's error for a closed other end
            while chunk := os.read(self._leader, 65536):
                self._read.append(chunk)

    def text(self) -> str:
        """Return the output, after all writers have closed."""
        self._reader.join(60)
        os.close(self._leader)
        return b"".join(self._read).decode()


@contextlib.contextmanager
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """Make stdout and stderr a terminal."""
    screen = Screen()
    monkeypatch.setenv("TERM", "dumb")  # rich moves no cursor there
    monkeypatch.setenv("COLUMNS", "500")  # so that names are whole
    with os.fdopen(screen.end, "w", encoding="utf-8") as stream, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", stream)
        patched.setattr(sys, "stderr", stream)
        yield screen


def shown(monkeypatch: pytest.MonkeyPatch, *args: str) -> str:
    """Run a command at a terminal; return its output, which must consist of visible characters."""
    with at_terminal(monkeypatch) as screen, pytest.raises(SystemExit):
        main([*args])
    text = screen.text()
    check_visible(text)
    return text


def check_visible(text: str) -> None:
    lines = text.replace("\r\n", "\n").split("\n")
    hidden = {
        char for line in lines for char in line if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl")
    }
    assert not hidden, (hidden, text[:2000])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of two runs with hostile accounts, the later one changed."""
    folder = tmp_path_factory.mktemp("hostile")
    account_options = [part for account in ACCOUNTS for part in ("--account", account)]
    with hostile_aws({}), pytest.raises(SystemExit):
        main(["sync", "--demo", "--quiet", "--runs", str(folder / "made"), *account_options])
    [run] = (folder / "made").glob("*.duckdb")
    changes = [
        f"delete from aws_iam_user where account_id = '{VICTIM}' and name like '%a%'",
        f"update iamsql.run set caller_arn = {SQL}",
        f"update aws_iam_role set description = {SQL} where account_id = '{VICTIM}'",
    ]
    pair(run, folder / "runs", changes)
    return folder / "runs"


def test_the_check_finds_unescaped_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with at_terminal(monkeypatch) as screen:
        sys.stdout.write(HOSTILE)
    with pytest.raises(AssertionError):
        check_visible(screen.text())


@pytest.mark.slow
@pytest.mark.parametrize("fmt", FORMATS)
def test_rows_of_a_query(runs: Path, monkeypatch: pytest.MonkeyPatch, fmt: str) -> None:
    sql = f"""select {SQL} as v, [{SQL}] as l, json_object({SQL}, 1) as j, 1 as "{HOSTILE}" """
    text = shown(monkeypatch, "query", sql, "-o", fmt, "--runs", str(runs))
    spelled = SPELLED.replace("\\x", r"\u00").replace(r"\U000e0041", r"\udb40\udc41") if "json" in fmt else SPELLED
    spelled = re.sub(r"(?<!\\)\[", r"\\[", spelled) if fmt == "markdown" else spelled
    assert text.count(spelled) >= 2
    shown(monkeypatch, "query", "from aws_iam_user", "-o", fmt, "--runs", str(runs))


@pytest.mark.parametrize("fmt", slow_but_every(len(outputs.FORMATS), outputs.FORMATS))
def test_verdicts(runs: Path, monkeypatch: pytest.MonkeyPatch, fmt: str) -> None:
    text = shown(monkeypatch, "check", "user_mfa", "account_alias", "--account", VICTIM, "-o", fmt, "--runs", str(runs))
    assert bool(re.search(r"x0bb|u000bb", text)) == (fmt != "brief")  # the account's name


@pytest.mark.slow
@pytest.mark.parametrize("fmt", FORMATS)
def test_differences(runs: Path, monkeypatch: pytest.MonkeyPatch, fmt: str) -> None:
    text = shown(monkeypatch, "diff", "--only", "user", "--only", "role", "-o", fmt, "--runs", str(runs))
    assert "gone" in text and re.search(r"x0bb|u000bb", text)


COMMANDS = {
    "detections": ("check", "-o", "csv"),
    "difference of a query": ("diff", "--query", "select name from aws_iam_user", "--key", "name", "-o", "csv"),
    "trend": ("runs", "trend", f"""select 1 as "{HOSTILE}" """, "-o", "csv"),
    "runs": ("runs", "list", "-o", "csv"),
    "a run": ("runs", "show", "-o", "csv"),
    "verify": ("runs", "verify", "-o", "csv"),
    "prune": ("runs", "prune", "--keep", "0", "-o", "csv"),
    "tables": ("tables", "-o", "csv"),
    "a query that is not there": ("query", HOSTILE),
    "a run that is not there": ("query", "select 1", "--run", HOSTILE),
    "a folder that is not there": ("query", "nothing", "--queries", HOSTILE),
    "an option that is not there": ("query", f"--{HOSTILE}"),
    "a format that is not there": ("check", "-o", HOSTILE),
    "an error of DuckDB": ("query", f"select ({SQL})::integer"),
    "an import": ("import", HOSTILE),
    "an argument": ("query", "stale_keys", "--arg", f"days={HOSTILE}"),
}

SILENT = ("detections", "tables")  # they print rows without hostile text


@pytest.mark.parametrize("command", slow_but_every(len(COMMANDS), COMMANDS))
def test_other_commands_and_errors(runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str) -> None:
    folder = tmp_path / f"runs{HOSTILE}"
    folder.mkdir()
    for run in runs.iterdir():
        (folder / run.name).hardlink_to(run)
    (folder / f"{HOSTILE}.duckdb").write_bytes(b"none")
    text = shown(monkeypatch, *COMMANDS[command], "--runs", str(folder))
    assert SPELLED.partition(r"\u2028")[0] in text or command in SILENT  # a line of an error may end at U+2028


@pytest.mark.slow
def test_a_sync_and_its_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hostile_aws({}):
        text = shown(
            monkeypatch, "sync", "--demo", "--runs", str(tmp_path), "--table", "aws_iam_user", "--account", ACCOUNTS[0]
        )
    assert "account" in text
    with at_terminal(monkeypatch) as screen:
        BarDisplay().say(f"{HOSTILE} :warning: [red]x[/red]")
    text = screen.text()
    check_visible(text)
    assert text.replace("\r\n", "\n") == f"{SPELLED} :warning: [red]x[/red]\n"


@pytest.mark.slow
def test_a_crash(tmp_path: Path) -> None:
    code = (
        "from unittest.mock import patch\nfrom iamsql.cli import main\n"
        f"error = RuntimeError({HOSTILE!a} + '\\n' + {HOSTILE!a})\n"
        "with patch('iamsql.runs.directory.runs_folder', side_effect=error): main(['runs'])"
    )
    screen = Screen()
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=env, stdout=screen.end, stderr=screen.end)
    os.close(screen.end)
    assert child.wait(60) == 1
    text = screen.text()
    check_visible(text)
    assert text.count(SPELLED) == 2 and "Traceback (most recent call last)" in text


def test_csv_is_exact_outside_a_terminal(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    args = [sys.executable, "-m", "iamsql", "query", f"select {SQL} || chr(10) as v", "-o", "csv", "--runs", str(runs)]
    result = subprocess.run(args, env=env, capture_output=True, timeout=120, check=True)
    assert result.stdout == f'v\r\n"{HOSTILE}\n"\r\n'.encode()
