"""Processes of organizations: their lines, errors and exit codes, and how they are stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from iamsql.catalog.settings import processes
from iamsql.catalog.settings.processes import OrganizationResult, exit_code, run_organizations

SCRIPT = """
import sys, time
command, name = sys.argv[1], sys.argv[2].removeprefix("--organization=")
print(f"out of {name}")
print(f"reading {name}", file=sys.stderr)
if name == "bad":
    print("Error: no credentials\\nNext: --profile NAME", file=sys.stderr)
    sys.exit(2)
if name == "odd":
    print("Traceback: x", file=sys.stderr)
    sys.exit(1)
if name == "killed":
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
if name == "gaps":
    print("Error: is the name of a user", file=sys.stderr) if command == "quoted" else None
    sys.exit(3)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run a script instead of iamsql."""
    path = tmp_path / "program.py"
    path.write_text(SCRIPT)
    monkeypatch.setattr(processes, "IAMSQL_COMMAND", (sys.executable, str(path)))
    return path


def test_results_are_in_the_order_of_the_names(program: Path) -> None:
    lines: list[tuple[str, str]] = []
    results = run_organizations(["sync"], ["bad", "ok", "gaps", "killed", "odd"], 2, lambda *line: lines.append(line))
    assert results == [
        OrganizationResult("bad", 2, "out of bad\n", "no credentials Next: --profile NAME"),
        OrganizationResult("ok", 0, "out of ok\n", ""),
        OrganizationResult("gaps", 3, "out of gaps\n", ""),
        OrganizationResult("killed", -9, "out of killed\n", "ended by the signal 9"),
        OrganizationResult("odd", 1, "out of odd\n", "Traceback: x"),
    ]
    assert {("ok", "reading ok"), ("bad", "Next: --profile NAME")} <= set(lines)


@pytest.mark.parametrize(
    ("codes", "expected"), [((0, 0), 0), ((0, 3), 3), ((3, 2), 2), ((0, 1), 2), ((0, -9), 2), ((0, None), 2), ((), 0)]
)
def test_the_exit_code_is_that_of_the_worst(codes: tuple[int | None, ...], expected: int) -> None:
    assert exit_code([OrganizationResult("x", code) for code in codes]) == expected


def test_modules_of_the_working_folder_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("iamsql.py", "click.py", "tempfile.py"):
        (tmp_path / name).write_text("raise SystemExit('imported from the working folder')")
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path / "runs"))
    (result,) = run_organizations(["config", "show"], ["prod"], 1, lambda *_: None)
    assert (result.exit_code, "--organization prod needs a configuration file" in result.error) == (2, True)


STOPPED = """
import signal, sys
signal.signal(signal.SIGINT, {handler})
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup ignores it, and so do the processes below
sys.path.insert(0, {root!r})
from iamsql.catalog.settings import processes

processes.IAMSQL_COMMAND = (sys.executable, {child!r})
try:
    processes.run_organizations(["sync"], ["a", "b", "c"], 2, lambda name, line: print(name, line, flush=True))
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
CHILD = """
import pathlib, sys, time
name = sys.argv[2].removeprefix("--organization=")
try:
    print("started", file=sys.stderr, flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", file=sys.stderr, flush=True)
    time.sleep(0.2)
    print("resumable", file=sys.stderr, flush=True)
"""


@pytest.mark.parametrize(
    ("number", "handler"),
    [
        (signal.SIGINT, "signal.default_int_handler"),
        (signal.SIGTERM, "signal.default_int_handler"),
        (signal.SIGTERM, "signal.SIG_IGN"),  # in the background of a script
        (signal.SIGHUP, "signal.default_int_handler"),
    ],
)
def test_a_signal_interrupts_each_process_once_and_starts_no_other(tmp_path: Path, number: int, handler: str) -> None:
    child, parent = tmp_path / "child.py", tmp_path / "parent.py"
    child.write_text(CHILD)
    root = str(Path(__file__).parents[3])
    parent.write_text(textwrap.dedent(STOPPED).format(root=root, child=str(child), handler=handler))
    process = subprocess.Popen([sys.executable, str(parent)], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    first_lines = [process.stdout.readline().strip() for _ in range(2)]
    assert sorted(first_lines) == ["a started", "b started"]
    # As a terminal does: to the whole process group of the command, without the processes.
    os.killpg(process.pid, number)
    lines = process.communicate(timeout=30)[0].split("\n")
    assert sorted(filter(None, lines)) == ["a interrupted", "a resumable", "b interrupted", "b resumable", "stopped"]
    assert process.returncode == 0
