"""Every command that README, the guides and the reference show is tried.

The `console` blocks of a page run in order, in an empty folder without AWS. README starts without a run file, as its reader
does; the other pages start with the run of the sample organization that the tests share. The `sh` blocks need an AWS account
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

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/guide/*.md"), *ROOT.glob("docs/reference/*.md")])


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


@pytest.mark.slow  # `make test-readme` runs the commands of README
@pytest.mark.parametrize("page", list(pages_with_commands()))
def test_the_commands_of_a_page_work_in_order_without_aws(page: Path, tmp_path: Path, demo_run: Path) -> None:
    if page.name != "README.md":
        shutil.copytree(demo_run.parent, tmp_path / "runs")
    lines = commands(page, "console")
    script = "set -eu -o pipefail\n" + "\n".join(f"echo {shlex.quote('$ ' + line)} >&2\n{line}" for line in lines)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "IAMSQL_", "XDG_"))}
    environment = {
        "HOME": str(tmp_path),
        "IAMSQL_RUNS": str(tmp_path / "runs"),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}",
    }
    folder = tmp_path / "work"
    folder.mkdir()
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=inherited | environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]
    shown = [line for block in blocks(page, "text") for line in block.splitlines() if line.startswith(("+ ", "| "))]
    assert not set(shown) - set(done.stdout.splitlines()), "a sample of a tree is not what `iamsql check` prints"


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
    while line and isinstance(command, click.Group) and (found := command.get_command(click.Context(command), line[0])):
        command, line = found, line[1:]
    assert command is not cli.main or line[0].startswith("-"), f"no command {line[0]}"
    options = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    unknown = {word.split("=")[0] for word in line if word.startswith("--")} - options - {"--help", "--version"}
    assert not unknown


def test_each_make_target_on_the_pages_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {target for line in words("sh", "make") for target in line}
    prose = {target for page in PAGES for target in re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8"))}
    assert {"demo", "test"} <= named and named | prose <= targets


def test_continuous_integration_runs_the_commands_of_readme_first_and_in_order() -> None:
    shown = [line.split("#")[0].strip() for line in commands(PAGES[0], "sh") if line.startswith("make ")]
    run = [line for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines() if line.startswith("make ")]
    assert PAGES[0].name == "README.md" and len(shown) >= 2
    assert run == [*shown, "make test-readme", "make check-static", "make test-slow"]
