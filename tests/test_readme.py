"""A newcomer types what the README says: every ```console line is run here, in order, on a machine without AWS.

A block of another kind (```sh) needs an AWS account or builds a venv: there each command, option and target must exist.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from iamsql import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Give the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def typed(language: str) -> list[str]:
    """Give the command lines of all blocks of a language, continued lines joined, prompts and answers dropped."""
    lines = "\n".join(blocks(language)).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ").strip() for line in lines if line.startswith("$ ")]


def words(language: str, program: str) -> list[list[str]]:
    """Split the commands of a program into words, comments, pipes and redirections dropped."""
    return [
        shlex.split(re.split(r" [|>;] ", line)[0], comments=True)[1:]
        for line in typed(language)
        if line.split()[0] == program
    ]


def test_every_console_line_works_in_order_without_aws(tmp_path: Path) -> None:
    lines = typed("console")
    assert len(lines) > 10
    script = "set -eu -o pipefail\n" + "\n".join(f"echo {shlex.quote('$ ' + line)} >&2\n{line}" for line in lines)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "IAMSQL_", "XDG_"))}
    home = {
        "HOME": str(tmp_path),
        "IAMSQL_RUNS": str(tmp_path / "runs"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=kept | home, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("line", words("sh", "iamsql") + words("console", "iamsql"), ids=" ".join)
def test_every_command_and_option_that_the_readme_types_exists(line: list[str]) -> None:
    command: click.Command = cli.main
    while line and isinstance(command, click.Group) and (found := command.get_command(click.Context(command), line[0])):
        command, line = found, line[1:]
    assert command is not cli.main or line[0].startswith("-"), f"no command {line[0]}"
    options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    unknown = {word.split("=")[0] for word in line if word.startswith("--")} - options - {"--help", "--version"}
    assert not unknown


def test_every_target_that_the_readme_makes_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = {target for line in words("sh", "make") for target in line}
    assert {"demo", "test"} <= made <= targets


def test_every_link_inside_the_house_leads_somewhere() -> None:
    local = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", README) if "://" not in link]
    assert not [link for link in local if not (ROOT / link).exists()]


def test_every_link_inside_the_page_leads_to_a_heading() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).strip().replace(" ", "-")
        for line in README.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= headings
