"""Every command that README and the pages of docs show is tried, and what it prints is what the page shows.

The `console` blocks of a page run in order, in an empty folder without AWS. README starts without a run file, as its reader
does; the other pages start with the run of `iamsql sync --demo`, which README and the guide of the installation show. The output
on a page is the lines of a `console` block that are not commands, or the `text` block after it in the same section; a `txt` block
is an example that the commands of the page do not print. The `sh` blocks need an AWS account
or install packages: of these, each command, option and target of make must exist.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from iamsql import cli
from iamsql.demo import DataFiles, SampleOrganization
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.conftest import DAY
from tests.fixtures import built_once

ROOT = Path(__file__).parent.parent
FOLDERS = ("docs", "docs/guide", "docs/reference")
PAGES = sorted([ROOT / "README.md", *(path for folder in FOLDERS for path in ROOT.glob(f"{folder}/*.md"))])


def name(path: Path) -> str:
    """Return the path of a page from the root of the repository."""
    return str(path.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    """Return the blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: Path, language: str) -> list[str]:
    """Return the command lines of a page's blocks of a language, with continued lines joined, without prompts and output."""
    lines = "\n".join(blocks(page, language)).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ").strip() for line in lines if line.startswith("$ ")]


def words(language: str, program: str) -> list[list[str]]:
    """Split the commands of a program on all pages into words, without comments, pipes and redirections."""
    return [
        shlex.split(re.split(r" (?:[|>;&]|2>)", line)[0], comments=True)[1:]
        for page in PAGES
        for line in commands(page, language)
        if line.split()[0] == program
    ]


def pages_with_commands() -> Iterator[Any]:
    """Yield the pages with `console` blocks."""
    for page in PAGES:
        if commands(page, "console"):
            yield pytest.param(page, id=name(page))


def _sync_first_day(folder: Path) -> None:
    sync(Options(runs=folder, demo=True), Progress(), SampleOrganization(DataFiles(DAY)))


@pytest.fixture
def first_day(tmp_path: Path) -> Path:
    """Return the runs folder after `iamsql sync --demo`."""
    return Path(shutil.copytree(built_once("first-day", _sync_first_day), tmp_path / "runs"))


def shown_outputs(page: Path) -> list[tuple[int, list[str]]]:
    """Return the blocks of output that a page shows, each with the number of the commands before it."""
    outputs: list[tuple[int, list[str]]] = []
    count, is_output = 0, False
    parts = re.findall(r"^```(\w*)\n(.*?)^```$|^(#+ )", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for language, block, heading in parts:
        lines = [line for line in block.splitlines() if line.strip()]
        if language == "console":
            for line in block.replace("\\\n", " ").splitlines():
                if line.startswith("$ "):
                    count += 1
                elif line.strip():
                    outputs.append((count, [line]))
        elif language == "text" and is_output:
            outputs.append((count, lines))
        is_output = language == "console" and not heading
    return outputs


# What differs between two runs of a command: times, IDs of runs, digests, durations, sizes, and the folder of the runs.
CHANGING = (
    (r"\d{8}T\d{6}Z(-[\w-]+)?", "RUN"),
    (r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|\+00:00)?)?", "TIME"),
    (r"\b[0-9a-f]{8,64}\b", "DIGEST"),
    (r"\b\d+(\.\d+)? s\b", "N s"),
    (r"\b[\d,.]+ (KB|MB|calls|bytes)\b", r"N \1"),
    (r"[^\s\"'=]*/runs/", "…/runs/"),
)


def words_of(line: str) -> list[str]:
    """Return the words of a line of output, without what differs between two runs, and without rules of tables."""
    for pattern, text in CHANGING:
        line = re.sub(pattern, text, line)
    return [word for word in re.split(r"\s+|\|", line) if word.strip("-+=[].$\\")]


def is_shown(line: str, output: list[list[str]]) -> bool:
    """Return whether a line of the output has the words of a line of the page in the same order. `…` stands for any text."""

    def has(word: str, printed: str) -> bool:
        return re.fullmatch(".*".join(map(re.escape, word.split("…"))), printed) is not None

    def in_order(expected: list[str], printed: list[str]) -> bool:
        remaining = iter(printed)
        return all(any(has(word, other) for other in remaining) for word in expected)

    expected = [word for word in words_of(line) if word != "…"]
    return not expected or any(in_order(expected, printed) for printed in output)


@pytest.mark.slow  # `make test-readme` runs the commands of README
@pytest.mark.parametrize("page", list(pages_with_commands()))
def test_the_commands_of_a_page_work_in_order_and_print_what_it_shows(
    page: Path, request: pytest.FixtureRequest
) -> None:
    tmp_path = request.getfixturevalue("tmp_path")
    if page.name != "README.md":
        request.getfixturevalue("first_day")
    lines = commands(page, "console")
    mark = "\x1e"  # separates the outputs of the commands
    script = "set -eu -o pipefail\nexec 2>&1\n" + "\n".join(
        f"echo {shlex.quote(mark + line)}\n{line}" for line in lines
    )
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "IAMSQL_", "XDG_"))}
    environment = {
        "HOME": str(tmp_path),
        "IAMSQL_RUNS": str(tmp_path / "runs"),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        "AWS_EC2_METADATA_DISABLED": "true",
        "COLUMNS": "400",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}",
    }
    folder = tmp_path / "work"
    folder.mkdir()
    result = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=inherited | environment, capture_output=True, text=True, timeout=1200
    )
    outputs = result.stdout.split(mark)[1:]
    assert result.returncode == 0, outputs[-1][-3000:]
    broken = [output for output in outputs if "Traceback (most recent call last)" in output]
    assert not broken, broken[0][-3000:]
    missing = [
        f"after `{lines[count - 1]}`: {line}"
        for count, block in shown_outputs(page)
        for line in block
        if not is_shown(line, [words_of(printed) for output in outputs[:count] for printed in output.splitlines()])
    ]
    assert not missing, "\n".join(["The page shows what is not printed:", *missing])


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [pytest.param(page, id=name(page)) for page in PAGES if "import iamsql" in "".join(blocks(page, "python"))]
)
def test_the_python_blocks_of_a_page_work_in_order(
    page: Path, tmp_path: Path, demo_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMSQL_RUNS", str(demo_run.parent))
    code = "\n".join(blocks(page, "python"))
    assert code.count("run.") > 10
    exec(compile(code, str(page), "exec"), {})


def test_the_pages_have_commands_to_run() -> None:
    counts = {name(page): len(commands(page, "console")) for page in PAGES}
    assert counts["README.md"] >= 15 and sum(counts.values()) >= 70


@pytest.mark.parametrize("line", words("sh", "iamsql") + words("console", "iamsql"), ids=" ".join)
def test_each_command_and_option_on_the_pages_exists(line: list[str]) -> None:
    command: click.Command = cli.main
    line = line[: line.index("--")] if "--" in line else line  # the options of another command follow
    while line and isinstance(command, click.Group) and (child := command.get_command(click.Context(command), line[0])):
        command, line = child, line[1:]
    assert command is not cli.main or line[0].startswith("-"), f"no command {line[0]}"
    options = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    unknown = {word.split("=")[0] for word in line if word.startswith("--")} - options - {"--help", "--version"}
    assert not unknown


def test_each_make_target_on_the_pages_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    in_commands = {target for line in words("sh", "make") for target in line}
    prose = {target for page in PAGES for target in re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8"))}
    assert {"demo", "test"} <= in_commands and in_commands | prose <= targets


def test_continuous_integration_runs_the_commands_of_readme_first_and_in_order() -> None:
    of_readme = [line.split("#")[0].strip() for line in commands(PAGES[0], "sh") if line.startswith("make ")]
    run = [line for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines() if line.startswith("make ")]
    assert PAGES[0].name == "README.md" and len(of_readme) >= 2
    assert run == [*of_readme, "make test-readme", "make check-static", "make test-slow"]
