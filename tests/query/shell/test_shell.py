"""The shell at a terminal, and the errors without one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from select import select

import pytest

from tests.minimal_run import GAPS, make_run

pty = pytest.importorskip("pty", reason="no terminals of this kind here")
PATIENCE = 60.0


class Terminal:
    """A program with a pseudo-terminal."""

    def __init__(self, args: list[str], env: dict[str, str]) -> None:
        child, self._end = pty.fork()
        if child == 0:
            os.execve(sys.executable, [sys.executable, "-m", "iamsql", *args], env)
        self._child, self._unread = child, ""

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def until(self, text: str, pressing: str = "") -> str:
        """Read until the words appear, pressing a key while waiting; return the output before them."""
        deadline = time.monotonic() + PATIENCE
        while text not in self._unread:
            assert time.monotonic() < deadline, f"{text!r} did not appear:\n{self._unread}"
            if pressing:
                time.sleep(0.5)
                self.type(pressing)
            self._read()
        before, _, self._unread = self._unread.partition(text)
        return before

    def _read(self) -> None:
        if select([self._end], [], [], 0.2)[0]:
            output = os.read(self._end, 65536).decode(errors="replace")
            if "\x1b[6n" in output:  # the request for the cursor position
                os.write(self._end, b"\x1b[1;1R")
            self._unread += output

    def exit_code(self) -> int:
        """Wait for the end of the program; return its exit code."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            done, status = os.waitpid(self._child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            try:
                self._read()
            except OSError:
                time.sleep(0.05)
        raise AssertionError("it did not end")

    def close(self) -> None:
        os.close(self._end)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    path = make_run(tmp_path / "x.duckdb", GAPS)
    root = Path(__file__).resolve().parents[3]
    settings = {
        "PYTHONPATH": str(root),
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
        "TERM": "xterm",
        "PAGER": "cat",
    }
    program = Terminal(["query", "--run", str(path)], {**os.environ, **settings})
    yield program
    program.close()


@pytest.mark.slow
def test_a_statement_is_answered_another_is_interrupted_and_the_shell_ends(terminal: Terminal) -> None:
    terminal.until(".help lists the commands")
    terminal.type("select 40 + 2 as found;\r")
    terminal.until("RECORD 1")
    terminal.until("42")
    terminal.type("select count(*) from range(1000000000000) a, range(10);\r")
    terminal.until("Stopped.", pressing="\x03")
    terminal.type("select name\rfrom aws_iam_user order by all;\r")
    terminal.until("not read in full")
    terminal.type("half a statement\x03")
    terminal.type(".quit\r")
    assert terminal.exit_code() == 0


@pytest.mark.slow
def test_rows_and_errors_do_not_control_the_terminal(terminal: Terminal) -> None:
    hostile, spelled = "chr(27) || '[31mred' || chr(8238) || chr(8203)", r"\x1b[31mred\u202e\u200b"
    terminal.until(".help lists the commands")
    printed = ""
    for output in ("table", "csv", "json", "jsonl", "markdown"):
        terminal.type(f".output {output}\r")
        terminal.until(f"The output format is {output}.")
        terminal.type(f"select {hostile} as v;\r")
        expected = {"json": r"\u001b[31mred\u202e\u200b", "markdown": r"\x1b\[31mred\u202e\u200b"}
        printed += terminal.until(expected.get(output.removesuffix("l"), spelled))
    terminal.type(f"select ({hostile})::integer;\r")
    printed += terminal.until(spelled)
    terminal.type(".quit\r")
    assert terminal.exit_code() == 0
    assert "\x1b[31mred" not in printed and not {"\u202e", "\u200b"} & set(printed)


@pytest.mark.slow
def test_a_query_does_not_import_the_shell(tmp_path: Path) -> None:
    path = make_run(tmp_path / "x.duckdb")
    code = (
        f"import sys\nfrom iamsql.cli import main\ntry: main(['query', 'select 1', '--run', {str(path)!r}])\n"
        "except SystemExit: pass\nprint([n for n in ('prompt_toolkit', 'iamsql.query.shell') if n in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert result.stdout.strip().endswith("[]"), result.stdout + result.stderr
