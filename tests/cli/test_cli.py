"""Commands, options, output streams and exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from iamsql.cli import COMMANDS
from iamsql.cli.errors import load_command
from iamsql.version import __version__


def test_the_summaries_of_the_commands_match_their_help() -> None:
    for name, (location, summary) in COMMANDS.items():
        text = " ".join((load_command(location).help or "").split())
        assert text.startswith(summary.split(",")[0].removesuffix(".")), name


@pytest.mark.slow
def test_a_closed_pipe_is_not_an_error(folder: Path) -> None:
    piped = f"{sys.executable} -m iamsql query 'from range(300000)' -o csv | head -1"
    result = subprocess.run(piped, shell=True, capture_output=True, text=True, env=environment(folder))
    assert (result.stdout.strip(), result.stderr) == ("range", "")


HEAVY = ("duckdb", "_duckdb", "boto3", "botocore", "sqlglot", "rich", "platformdirs")
WRITERS = ("xlsxwriter", "iamsql.query.export", "iamsql.runs.store.parquet")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "heavy"),
    [
        (["--version"], HEAVY),
        (["--help"], HEAVY),
        (["query", "select 1", "-o", "csv"], ("boto3", "botocore", "sqlglot", "rich", "tabulate", *WRITERS)),
    ],
)
def test_slow_modules_are_imported_only_when_needed(folder: Path, args: list[str], heavy: tuple[str, ...]) -> None:
    code = (
        f"import sys\nfrom iamsql.cli import main\ntry: main({args!r})\nexcept SystemExit: pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(folder))
    assert result.stderr.strip() == "[]"


def test_the_version_is_printed_without_click(folder: Path) -> None:
    code = (
        "import sys\nfrom iamsql.__main__ import main\nsys.argv = ['iamsql', '--version']\nmain()\n"
        "print([name for name in ('click', 'iamsql.cli', 'pathlib') if name in sys.modules])"
    )
    command = [sys.executable, "-S", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, env=environment(folder))
    assert (result.stdout, result.stderr) == (f"iamsql {__version__}\n[]\n", "")
    with_click = subprocess.run(
        [sys.executable, "-m", "iamsql", "--debug", "--version"], capture_output=True, text=True
    )
    assert with_click.stdout == f"iamsql {__version__}\n"


def environment(here: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "IAMSQL_RUNS": str(here / "runs")}
