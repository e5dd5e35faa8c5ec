"""The documentation cannot lie: what is generated is up to date, and every command and option says what it is for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from iamsql import __version__, cli

ROOT = Path(__file__).parent.parent


def commands() -> dict[str, click.Command]:
    """Give every command by the words that call it, groups walked."""
    found: dict[str, click.Command] = {}

    def walk(command: click.Command, words: tuple[str, ...]) -> None:
        found[" ".join(("iamsql", *words))] = command
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*words, name))

    walk(cli.main, ())
    return found


@pytest.mark.parametrize("words", commands())
def test_every_command_and_option_has_help(words: str) -> None:
    command = commands()[words]
    assert command.help, f"{words} has no help"
    silent = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert not silent, f"{words} does not explain {', '.join(map(str, silent))}"


@pytest.mark.parametrize("words", commands())
def test_every_command_is_in_the_readme(words: str) -> None:
    assert words in (ROOT / "README.md").read_text()


def test_the_generated_parts_of_the_readme_are_up_to_date() -> None:
    cog = [sys.executable, "-m", "cogapp", "-I", "docs", "--check", "--diff", "README.md"]
    done = subprocess.run(cog, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"make docs writes them again\n{done.stdout}{done.stderr}"


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text
    assert __version__.count(".") == 2
