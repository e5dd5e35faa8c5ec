"""The texts of the repository have none of the phrases that docs/prose.py reports, and each rule matches what it is for."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))
prose = importlib.import_module("prose")


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("It caches the list, so that the next run is fast.", "It caches the list so that the next run is fast."),
        ("sends it once, whichever table needs it", "the later date, whichever is known; whichever you choose"),
        ("kept, whatever it contains", "whatever it contains"),
        ("A closed account is no gap.", "There is no gap. It is no longer a gap, and is no more than a day."),
        ("New accounts get it by themselves.", "New accounts get it automatically."),
        ("answers otherwise than DuckDB", "otherwise, DuckDB answers"),
        ("a link in the place of a file", "a link in place of a file"),
        ("some 40 accounts", "some accounts"),
        ("hence the name", "the name"),
        ("the columns are those of `can`", "the columns of `can`"),
        ("an account in which a call failed", "an account where a call failed; which account failed"),
        ("the file beside it", "the file next to it, besides others"),
        ("IAM users, also in accounts", "IAM users, even in accounts; users are also in accounts"),
        ("Return 2 if it failed, else 0.", "Return 2 if it failed, otherwise 0. ELSE is last; everything else"),
        ("a run that knows the account", "a run that does not know the account"),
        ("everybody can write it", "everyone can write it"),
        ("It was deleted meanwhile.", "It was deleted in the meantime."),
        ("two further columns", "two more columns; a furthermost point"),
        ("It reads the table, too.", "It also reads the table. It is long, too long."),
        ("a list of other values than texts", "a list with values different from texts; other than texts"),
    ],
)
def test_a_rule_matches_the_phrase_and_not_common_english(bad: str, good: str) -> None:
    assert len(prose.findings(bad)) == 1
    assert prose.findings(good) == []


def test_a_finding_has_the_line_of_a_phrase_that_is_wrapped() -> None:
    text = prose.sql_comments(
        "-- title: x\n--\n-- It is read once, so\n-- that it is fast.\n\nselect 1  -- , also if\n"
    )
    wrapped, inline = prose.findings(text)
    assert (wrapped.line, inline.line, inline.words) == (3, 6, ", also if") and "consequence" in wrapped.rule.advice
    source = '"""A list\nbeside it."""\n\nx = "a b c, so that"  # the file\n# beside it\n'
    assert [[finding.line for finding in prose.findings(text)] for _, text in prose.docstrings(source)] == [[2]]
    assert [(line, len(prose.findings(text))) for line, text in prose.comments(source)] == [(4, 1)]


def test_code_and_links_of_markdown_are_not_prose() -> None:
    text = "a `x, so that y` [b](beside.md)\n```\n, so that\n```\n, so that\n"
    assert [finding.line for finding in prose.findings(prose.markdown(text))] == [5]
    assert len(prose.findings(prose.markdown(text, with_blocks=True))) == 2


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of a repository without texts."""
    for folder in ("docs", "iamsql", "queries", "tests"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(prose, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "It is fast, hence the name.\n"),
        ("queries/x.sql", "-- title: It is fast, hence the name.\nselect 1;\n"),
        ("iamsql/macros.sql", "select 1;  -- fast, hence the name\n"),
        ("iamsql/x.py", 'raise ValueError("It is fast, hence the name.")\n'),
        ("tests/x.py", "def f():\n    # fast, hence the name\n    pass\n"),
    ],
)
def test_the_check_fails_for_a_phrase_in_any_text(
    root: Path, path: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prose.main() == 0
    (root / path).write_text(text, encoding="utf-8")
    assert prose.main() == 1 and f"{path}:" in capsys.readouterr().err


def test_names_of_tests_and_strings_in_tests_are_not_prose(root: Path) -> None:
    (root / "tests" / "x.py").write_text('def test_fast_hence_the_name():\n    run("fast, hence the name")\n')
    assert prose.main() == 0


def test_a_budget_allows_a_number_of_matches_and_not_one_more(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prose, "RULES", tuple(rule._replace(budget=2) for rule in prose.RULES))
    (root / "README.md").write_text("Two places: hence, hence.\n", encoding="utf-8")
    assert prose.report() == []
    (root / "iamsql" / "x.py").write_text('"""A third place: hence."""\n', encoding="utf-8")
    assert [path for path, _ in prose.report()] == ["README.md", "README.md", "iamsql/x.py"]


def test_the_texts_follow_the_rules() -> None:
    assert [f"{path}:{finding.line}: {finding.words}" for path, finding in prose.report()] == []
