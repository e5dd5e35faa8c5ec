"""Blocks of the documentation with a command and what it prints on a terminal, over the sample organization on a fixed day."""

from __future__ import annotations

import re
import shlex
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.demo import DataFiles, SampleOrganization
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress

DAY = date(2026, 3, 2)
WIDTH = 108


@cache
def _runs() -> TemporaryDirectory[str]:
    """Make a run of every table and of the events of the trail; the folder is deleted when the process ends."""
    folder = TemporaryDirectory(prefix="iamsql-docs-")
    options = Options(runs=Path(folder.name), demo=True, tables=("all",), trail="auto")
    sync(options, Progress(), SampleOrganization(DataFiles(DAY)))
    return folder


@cache
def _printed(command: str) -> Result:
    """Run a command over the run of the sample organization. Exit if it fails; alarms and missing data are not failures."""
    (run,) = Path(_runs().name).glob("*.duckdb")
    words = [*shlex.split(command)[1:], "--run", str(run), "--color", "always"]
    done = CliRunner().invoke(main, words, prog_name="iamsql", env={"COLUMNS": str(WIDTH)})
    if done.exit_code not in {0, 1, 4}:
        raise SystemExit(f"{command}: {done.output} {done.exception!r}")
    return done


def terminal(command: str, *only: str, start: str = "", rows: int = 20, notes: bool = False) -> str:
    """Return a command and the lines that it prints on a terminal, as a fenced block that the tests do not run.

    `start` is a regular expression of the first line to show. `only` has regular expressions: the block then has the lines that
    match one of them. `rows` limits the lines. An ellipsis stands for lines before or after that are left out. `notes` adds the
    notes about missing data that the command prints on stderr.
    """
    done = _printed(command)
    lines = [line.rstrip() for line in re.sub("\x1b\\[[0-9;]*m", "", done.stdout).rstrip().splitlines()]
    first = next((index for index, line in enumerate(lines) if re.search(start, line)), len(lines))
    chosen = [line for line in lines[first:] if not only or any(re.search(pattern, line) for pattern in only)][:rows]
    if not chosen:
        raise SystemExit(f"{command}: no line to show")
    before, after = ["…"] if first else [], ["…"] if len(chosen) < len(lines) - first else []
    said = done.stderr.rstrip().splitlines() if notes else []
    return "\n".join(["```txt", f"$ {command}", *before, *chosen, *after, *said, "```"])
