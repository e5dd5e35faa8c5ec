"""`make demo`: what it installs in a fresh clone, and that its output fits a terminal."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from iamsql.cli import main

ROOT = Path(__file__).parent.parent
WIDTH = 100  # width of a terminal


def recipe(ready: str) -> str:
    """Return the commands that `make demo` runs; `ready` is the file that marks .venv as ready."""
    command = ["make", "--no-print-directory", "-n", f"READY={ready}", "demo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.replace("\\\n", "")


QUERIES = [shlex.split(line)[1:] for line in recipe("missing").splitlines() if re.match(r"\S+/iamsql query ", line)]


def test_a_fresh_clone_installs_only_the_product_with_hashes() -> None:
    installs = [line for line in recipe("missing").splitlines() if "pip install" in line]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0] and "-r requirements.txt -r requirements-build.txt" in installs[0]
    assert "--no-deps" in installs[1] and installs[1].endswith("-e .")


def test_an_existing_venv_is_used(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.touch()
    commands = recipe(str(ready))
    assert "pip install" not in commands and "build/demo-venv" not in commands


@pytest.mark.parametrize("arguments", QUERIES, ids=lambda arguments: arguments[-1])
def test_each_query_has_rows_that_fit_a_terminal(arguments: list[str], demo_run: Path, tmp_path: Path) -> None:
    export = str(tmp_path / "audit_report.csv")
    replaced = {"build/demo": str(demo_run.parent), "build/demo/audit_report.csv": export}
    done = CliRunner().invoke(main, [replaced.get(argument, argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    lines = Path(export).read_text().splitlines() if "--export" in arguments else done.stdout.splitlines()
    assert len(lines) > 3
    assert "--export" in arguments or max(map(len, lines)) <= WIDTH
