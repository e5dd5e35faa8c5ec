"""The documentation cannot lie: what is generated is up to date, and every command and option says what it is for."""

from __future__ import annotations

import importlib.util
import posixpath
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

from iamsql import __version__, catalog, cli
from iamsql.schema.registry import all_tables

ROOT = Path(__file__).parent.parent
SHIPPED = catalog.shipped_folder()


def _generator() -> ModuleType:
    """Load docs/pages.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("pages", ROOT / "docs" / "pages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages = _generator()


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


def test_the_pages_of_tables_and_queries_are_up_to_date() -> None:
    assert pages.wrong() == [], "make docs writes them again"


def test_a_page_that_is_stale_missing_or_of_nothing_is_told_and_mended(tmp_path: Path) -> None:
    written = pages.write(tmp_path)
    assert pages.wrong(tmp_path) == [] and len(written) == len(all_tables()) + len(catalog.names([SHIPPED])) + 2
    (tmp_path / "tables" / "aws_iam_user.md").write_text("# another\n")
    (tmp_path / "tables" / "aws_iam_usr.md").write_text("# of nothing\n")
    (tmp_path / "queries" / "stale_keys.md").unlink()
    (tmp_path / "mine.md").write_text("written by hand\n")
    bad = ["queries/stale_keys.md", "tables/aws_iam_user.md", "tables/aws_iam_usr.md"]
    assert pages.wrong(tmp_path) == bad and pages.write(tmp_path) == bad and pages.wrong(tmp_path) == []
    assert (tmp_path / "mine.md").exists()


def test_every_page_says_what_it_is_of_and_its_links_lead_somewhere() -> None:
    made = pages.pages()
    for path, text in made.items():
        assert text.startswith("# ") and text.count("\n```") % 2 == 0, path
        links = re.findall(r"\]\(([^)#]+\.md)\)", text)
        broken = [one for one in links if posixpath.normpath(posixpath.join(posixpath.dirname(path), one)) not in made]
        assert not broken, f"{path}: {broken}"
    for name, table in all_tables().items():
        assert table.about in made[f"tables/{name}.md"] and f"(tables/{name}.md)" in made["tables.md"]
    for name in catalog.names([SHIPPED]):
        assert f"iamsql query {name}" in made[f"queries/{name}.md"] and f"(queries/{name}.md)" in made["queries.md"]


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text
    assert __version__.count(".") == 2
