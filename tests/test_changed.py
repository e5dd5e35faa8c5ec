"""`make test-changed` runs the tests of the files that differ from the upstream branch, and the cases of changed queries."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import changed

BUDGETS = "tests/test_code_budgets.py"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("tests/render/test_render.py", {"tests/render/test_render.py"}),
        ("tests/render/test_that_was_deleted.py", set()),
        ("tests/render/data/typed.csv", {"tests/render"}),
        ("tests/conftest.py", {"tests"}),
        ("tests/changed.py", {"tests/test_changed.py"}),
        ("iamsql/render/csv_rows.py", {"tests/render", BUDGETS}),
        ("iamsql/render/terminal/width.py", {"tests/render/terminal", BUDGETS}),
        ("iamsql/escaping.py", {"tests/test_escaping.py", BUDGETS}),
        ("queries/iam/users.sql", {"users", *(f"tests/{folder}" for folder in changed.OF_QUERIES)}),
        ("queries/iam/users.v1.sql", {"users_v1", *(f"tests/{folder}" for folder in changed.OF_QUERIES)}),
        ("tests/queries/expected/users.es.csv", {"users", *(f"tests/{folder}" for folder in changed.OF_QUERIES)}),
        ("queries/catalog.lock", {"tests/catalog"}),
        ("docs/guide/sync.md", {*changed.DOCUMENTS}),
        ("CHANGELOG.md", {*changed.DOCUMENTS}),
        ("Makefile", {*changed.BUILD}),
        (".github/workflows/ci.yml", {*changed.BUILD}),
        ("benchmarks/sync.py", {"tests/test_bench.py"}),
        ("aws_facts/files/iam_actions.py", {"tests/test_aws_facts.py"}),
    ],
)
def test_a_file_has_tests(file: str, expected: set[str]) -> None:
    assert changed.tests_of([file]) == expected


def test_each_package_and_module_has_tests() -> None:
    sources = [path.relative_to(changed.ROOT) for path in (changed.ROOT / "iamsql").rglob("*.py")]
    lacking = {str(path) for path in sources if changed.tests_of([str(path)]) <= {BUDGETS}}
    # Every package uses these, so each test is a test of them.
    names = "__init__ __main__ version".split()
    assert lacking == {f"iamsql/{name}.py" for name in names}
    existing = {test for path in sources for test in changed.tests_of([str(path)])}
    assert all((changed.ROOT / test).exists() for test in existing)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a clone of a repository with two commits, where `new.txt` is one commit ahead."""
    monkeypatch.setattr(changed, "ROOT", tmp_path / "clone")
    for variable, value in {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}.items():
        monkeypatch.setenv(variable, value)
        monkeypatch.setenv(variable.replace("AUTHOR", "COMMITTER"), value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    git(tmp_path, "init", "-q", "-b", "main", "origin")
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    commit(origin, "first.txt")
    commit(origin, "second.txt")
    git(tmp_path, "clone", "-q", str(origin), str(clone))
    return clone


def git(folder: Path, *arguments: str) -> None:
    """Run a git command."""
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, name: str) -> None:
    """Commit a new file."""
    (folder / name).write_text("text\n")
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", name)


def test_commits_that_the_upstream_branch_lacks_and_new_files_have_changed(repository: Path) -> None:
    commit(repository, "ours.txt")
    (repository / "first.txt").write_text("other\n")
    (repository / "new.txt").touch()
    assert sorted(changed.changed_files()) == ["first.txt", "new.txt", "ours.txt"]


def test_without_a_change_the_last_commit_counts(repository: Path) -> None:
    assert changed.changed_files() == ["second.txt"]
    assert changed.changed_files("HEAD~1") == ["second.txt"]
    assert changed.changed_files("HEAD") == []


def test_an_unknown_revision_is_an_error(repository: Path) -> None:
    with pytest.raises(SystemExit, match="git knows no revision nope"):
        changed.changed_files("nope")


def case(file: str, name: str, *marks: str) -> SimpleNamespace:
    """Return a stand-in for an item of pytest that was named on the command line with its folder."""
    path = changed.ROOT / file
    markers = [SimpleNamespace(name=mark) for mark in marks]
    return SimpleNamespace(
        path=path, name=name, own_markers=markers, config=SimpleNamespace(args=["tests/check/lint/test_x.py"])
    )


def test_the_cases_of_a_changed_query_are_selected_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(changed.NAMES, "stale_keys,root_mfa_v1")
    selected = case("tests/queries/test_x.py", "test_rows[stale_keys]", "slow", "usefixtures")
    version = case("tests/queries/test_x.py", "test_rows[root_mfa_v1-csv]")
    other = case("tests/queries/test_x.py", "test_rows[stale_keys_of_others]")
    elsewhere = case("tests/render/test_x.py", "test_rows[other]", "slow")
    in_changed_file = case("tests/check/lint/test_x.py", "test_rows[other]")
    items = [selected, version, other, elsewhere, in_changed_file]
    assert changed.select_queries(items) == [other]
    assert items == [selected, version, elsewhere, in_changed_file]
    assert [mark.name for mark in selected.own_markers] == ["usefixtures"]
    assert [mark.name for mark in elsewhere.own_markers] == ["slow"]


def test_without_a_changed_query_all_items_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(changed.NAMES, raising=False)
    items = [case("tests/queries/test_x.py", "test_rows[a]"), case("tests/render/test_x.py", "test_rows")]
    assert changed.select_queries(items) == [] and len(items) == 2
