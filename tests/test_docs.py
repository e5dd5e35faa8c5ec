"""The documentation is up to date: generated parts match the program, links work, and each command has help."""

from __future__ import annotations

import importlib
import posixpath
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from iamsql import catalog, cli
from iamsql.catalog.keys import DECLARED_KEYS
from iamsql.tables.registry import all_tables
from iamsql.version import HOMEPAGE, __version__
from tests.queries.test_queries import ASKED

ROOT = Path(__file__).parent.parent
SHIPPED = catalog.shipped_folder()
sys.path.insert(0, str(ROOT / "docs"))  # the generators are not part of the package
answers, pages, query_pages = map(importlib.import_module, ("answers", "pages", "query_pages"))
GENERATED = {
    *ROOT.glob("docs/tables/*.md"),
    *ROOT.glob("docs/queries/*.md"),
    ROOT / "docs" / "facts.md",
    ROOT / "docs" / "escalation.md",
}
WRITTEN = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")} - GENERATED)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ADDRESSES = (f"{HOMEPAGE}/blob/main/", f"{HOMEPAGE.replace('github.com', 'raw.githubusercontent.com')}/main/")


def commands() -> dict[str, click.Command]:
    """Return every command by the words that call it, commands of groups included."""
    by_name: dict[str, click.Command] = {}

    def walk(command: click.Command, words: tuple[str, ...]) -> None:
        by_name[" ".join(("iamsql", *words))] = command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below
                walk(below, (*words, name))

    walk(cli.main, ())
    return by_name


def headings(text: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    titles = [line.lstrip("# ").strip() for line in outside.splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def in_tree(path: Path, name: str) -> Path | None:
    """Return the file of the repository that a link leads to, from a page or by the address of the main branch; otherwise None."""
    for address in ADDRESSES:
        if name.startswith(address):
            return ROOT / name.removeprefix(address)
    return None if "://" in name or name.startswith("mailto:") else path.parent / name if name else path


def broken(path: Path, text: str) -> list[str]:
    """List the links of a page to files of the repository, or to headings of pages, that do not exist."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    broken_links = []
    for link in LINK.findall(prose):
        name, _, anchor = link.partition("#")
        target = in_tree(path, name)
        if target is None:
            continue
        if not target.exists() or (anchor and anchor not in headings(target.read_text(encoding="utf-8"))):
            broken_links.append(link)
    return broken_links


def test_each_command_is_found() -> None:
    assert {"iamsql sync", "iamsql query", "iamsql runs prune"} <= commands().keys()


@pytest.mark.parametrize("name", commands())
def test_each_command_and_option_has_help(name: str) -> None:
    command = commands()[name]
    assert command.help, f"{name} has no help"
    silent = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert not silent, f"{name} does not explain {', '.join(map(str, silent))}"


@pytest.mark.parametrize("name", commands())
def test_the_reference_has_the_help_of_each_command(name: str) -> None:
    assert f"Usage: {name} [" in (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_generated_blocks_of_the_pages_are_up_to_date() -> None:
    files = [str(path.relative_to(ROOT)) for path in WRITTEN if "[[[cog" in path.read_text(encoding="utf-8")]
    cog = [sys.executable, "-m", "cogapp", "-I", "docs", "--check", "--diff", *files]
    result = subprocess.run(cog, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, f"run make docs\n{result.stdout}{result.stderr}"


def test_make_checks_every_page_that_has_generated_blocks() -> None:
    (patterns,) = re.findall(r"^COGGED := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    matched = {path for pattern in patterns.split() for path in ROOT.glob(pattern)}
    assert {path for path in WRITTEN if "[[[cog" in path.read_text(encoding="utf-8")} <= matched


@pytest.mark.slow
def test_the_pages_of_tables_and_queries_are_up_to_date() -> None:
    assert pages.outdated() == [], "run make docs"


@pytest.mark.slow
def test_outdated_pages_are_listed_and_written_again(tmp_path: Path) -> None:
    written = pages.write(tmp_path)
    assert pages.outdated(tmp_path) == [] and len(written) == len(all_tables()) + len(catalog.names([SHIPPED])) + 4
    (tmp_path / "tables" / "aws_iam_user.md").write_text("# another\n")
    (tmp_path / "tables" / "aws_iam_usr.md").write_text("# of no table\n")
    (tmp_path / "queries" / "stale_keys.md").unlink()
    (tmp_path / "mine.md").write_text("written by hand\n")
    bad = ["queries/stale_keys.md", "tables/aws_iam_user.md", "tables/aws_iam_usr.md"]
    assert pages.outdated(tmp_path) == bad and pages.write(tmp_path) == bad and pages.outdated(tmp_path) == []
    assert (tmp_path / "mine.md").exists()


@pytest.mark.slow
def test_each_table_and_query_has_a_page_in_the_index() -> None:
    texts = pages.pages()
    for path, text in texts.items():
        assert text.startswith("# ") and text.count("\n```") % 2 == 0, path
    for name, table in all_tables().items():
        assert table.about in texts[f"tables/{name}.md"] and f"(tables/{name}.md)" in texts["tables.md"]
    for name in catalog.names([SHIPPED]):
        assert re.search(rf"iamsql (query|check) {name}\b", texts[f"queries/{name}.md"])
        assert f"(queries/{name}.md)" in texts["queries.md"]


def test_links_of_written_pages_lead_to_files_and_headings() -> None:
    broken_links = {str(path.relative_to(ROOT)): broken(path, path.read_text(encoding="utf-8")) for path in WRITTEN}
    assert {path: links for path, links in broken_links.items() if links} == {}


@pytest.mark.slow
def test_links_of_generated_pages_lead_to_files_and_headings() -> None:
    broken_links: dict[str, list[str]] = {}
    # Anchors of generated pages lead to the two indexes; their files are looked up in one set, as there are thousands.
    files = {str(path.relative_to(ROOT).as_posix()) for path in ROOT.glob("queries/**/*.sql")} | {
        f"docs/{path}" for path in pages.pages()
    }
    for path, text in pages.pages().items():
        targets = [
            posixpath.normpath(f"docs/{posixpath.dirname(path)}/{link.partition('#')[0]}")
            for link in LINK.findall(text)
            if "://" not in link
        ]
        broken_links[path] = [target for target in targets if target not in files]
    anchors = {link.partition("#")[2] for text in pages.pages().values() for link in LINK.findall(text)} - {""}
    assert anchors <= headings(pages.pages()["tables.md"]) | headings(pages.pages()["queries.md"])
    assert {path: links for path, links in broken_links.items() if links} == {}


def test_an_address_of_the_main_branch_leads_to_a_file_of_the_tree() -> None:
    page = ROOT / "README.md"
    names = ("docs/guide/install.md", "docs/guide/instal.md", "docs/guide/install.md#nothing")
    assert broken(page, " ".join(f"[x]({ADDRESSES[0]}{name})" for name in names)) == [
        f"{ADDRESSES[0]}{name}" for name in names[1:]
    ]
    assert broken(page, f"[x]({ADDRESSES[1]}docs/images/report.png) [y](https://example.com/docs/none.md)") == []


def test_the_links_of_the_readme_work_on_other_sites() -> None:
    links = LINK.findall(re.sub(r"^```.*?^```$", "", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL))
    assert len(links) > 25 and not [link for link in links if not link.startswith("https://")]
    images = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert images and all(link.startswith(ADDRESSES[1]) for link in images)


@pytest.mark.slow
def test_each_column_of_a_query_has_a_meaning_and_each_meaning_a_column() -> None:
    newest = [versions[-1] for versions in query_pages.versions().values()]
    columns = {
        query.name: answers.columns(query, names)
        for query, (_, names) in zip(newest, answers.signatures(newest), strict=True)
    }
    without = [
        f"{query.name}.{column.name}"
        for query in newest
        for column in columns[query.name]
        if not column.meaning and column.name not in answers.STANDARD[query.kind]
    ]
    assert not without, "describe these columns in docs/columns.toml"
    names = {column.name for described in columns.values() for column in described}
    shared = {"columns", "report", "control", "detection"}
    unused = [
        f"{section}.{name}"
        for section, meanings in answers.described().items()
        for name in meanings
        if name not in (names if section in shared else {column.name for column in columns.get(section, [])})
    ]
    assert not unused, "docs/columns.toml describes columns that no query has"


@pytest.mark.slow
def test_each_query_page_shows_rows_of_the_recorded_answer() -> None:
    newest = [versions[-1] for versions in query_pages.versions().values()]
    assert [query.name for query in newest if answers.answer(query) is None] == []
    assert query_pages.EXAMPLES == ASKED
    for query in newest:
        answer = answers.answer(query)
        assert len(answer.rows) == min(answer.total, answers.SHOWN_ROWS), query.name
        assert all(len(cell or "") <= answers.CELL for row in answer.rows for cell in row), query.name


def test_each_test_that_the_security_policy_names_exists() -> None:
    tests = re.findall(r"\[(test_\w+)\]\((tests/[\w/]+\.py)\)", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert len(tests) > 40
    missing = [name for name, path in tests if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")]
    assert not missing


def test_the_documentation_is_short() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.glob("docs/**/*.md")}
    generated = sum(lines[path] for path in GENERATED)
    assert generated < 13_600 and sum(lines.values()) - generated < 8_700
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 300


def test_the_changelog_starts_with_the_next_change_or_the_version_and_dates_earlier_versions() -> None:
    newest, *earlier = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    dated = r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}"
    version = re.escape(f"[{__version__}]")
    assert re.fullmatch(rf"\[Unreleased\]|{version} - (Unreleased|\d{{4}}-\d{{2}}-\d{{2}})", newest)
    assert [heading for heading in earlier if not re.fullmatch(dated, heading)] == []


def test_the_architecture_page_names_files_that_exist() -> None:
    paths = set(re.findall(r"`([a-z_]+/[\w/.]*)`", (ROOT / "docs/ARCHITECTURE.md").read_text()))
    assert len(paths) > 25
    assert not {path for path in paths if not ((ROOT / "iamsql" / path).exists() or (ROOT / path).exists())}


def test_the_keys_of_front_matter_are_documented() -> None:
    text = (ROOT / "docs" / "reference" / "query-files.md").read_text(encoding="utf-8")
    table = text[text.index("| `title` |") :].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(key.name for key in DECLARED_KEYS)
