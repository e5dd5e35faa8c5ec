"""`make demo`: what it installs in a fresh clone, and that its output fits a terminal."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from tests.tiers import slow_but_every

ROOT = Path(__file__).parent.parent
WIDTH = 100  # width of a terminal
FILES = ("Makefile", "pyproject.toml", "constraints.txt", "requirements.txt", "requirements-build.txt")
# The variables of a `make` that started the tests would change what this one does.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}


def recipe(folder: Path) -> str:
    """Return the commands that `make demo` runs in a folder with the files of the repository that they depend on."""
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    command = ["make", "--no-print-directory", "-n", "demo"]
    result = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.replace("\\\n", "")


def queries() -> Iterator[list[str]]:
    """Yield the arguments of each query."""
    with TemporaryDirectory() as folder:
        for line in recipe(Path(folder)).splitlines():
            if re.match(r"\S+/iamsql query ", line):
                yield shlex.split(line)[1:]


@pytest.mark.slow
def test_a_fresh_clone_installs_only_the_product_with_hashes(tmp_path: Path) -> None:
    installs = [line for line in recipe(tmp_path).splitlines() if "pip install" in line]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0] and "-r requirements.txt -r requirements-build.txt" in installs[0]
    assert "--no-deps" in installs[1] and installs[1].endswith("-e .")


@pytest.mark.slow
@pytest.mark.parametrize("venv", [".venv", "build/demo-venv"])
def test_an_existing_venv_is_used(venv: str, tmp_path: Path) -> None:
    recipe(tmp_path)  # copies the files, which are older than the venv
    (tmp_path / venv).mkdir(parents=True)
    (tmp_path / venv / ".ready").touch()
    future = time.time() + 60
    os.utime(tmp_path / venv / ".ready", (future, future))
    commands = recipe(tmp_path)
    assert "pip install" not in commands and f"{venv}/bin/iamsql sync --demo" in commands


@pytest.mark.parametrize("arguments", slow_but_every(5, list(queries())), ids=lambda arguments: arguments[-1])
def test_each_query_has_rows_that_fit_a_terminal(arguments: list[str], demo_run: Path, tmp_path: Path) -> None:
    export = str(tmp_path / "audit_report.csv")
    replaced = {"build/demo": str(demo_run.parent), "build/demo/audit_report.csv": export}
    result = CliRunner().invoke(main, [replaced.get(argument, argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    lines = Path(export).read_text().splitlines() if "--export" in arguments else result.stdout.splitlines()
    assert len(lines) > 3
    assert "--export" in arguments or max(map(len, lines)) <= WIDTH
