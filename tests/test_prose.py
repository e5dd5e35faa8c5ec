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
    ],
)
def test_a_rule_matches_the_phrase_and_not_common_english(bad: str, good: str) -> None:
    assert len(prose.findings(bad)) == len(prose.findings(bad, in_code=True)) == 1
    assert prose.findings(good) == []


@pytest.mark.parametrize(
    "text", ["the columns are those of `can`", "the file beside it", "IAM users, also in accounts"]
)
def test_docstrings_may_have_some_phrases_that_documentation_may_not(text: str) -> None:
    assert len(prose.findings(text)) == 1 and prose.findings(text, in_code=True) == []


def test_a_finding_has_the_line_of_a_phrase_that_is_wrapped() -> None:
    text = prose.front_matter("-- title: x\n--\n-- It is read once, so\n-- that it is fast.\n\nselect 1 -- , so that\n")
    (found,) = prose.findings(text)
    assert (found.line, found.words) == (3, ", so that") and "consequence" in found.advice


def test_code_and_links_of_markdown_are_not_prose() -> None:
    text = "a `x, so that y` [b](beside.md)\n```\n, so that\n```\n, so that\n"
    assert [found.line for found in prose.findings(prose.markdown(text))] == [5]
    assert len(prose.findings(prose.markdown(text, with_blocks=True))) == 2


def test_the_texts_follow_the_rules() -> None:
    assert [f"{path}:{found.line}: {found.words}" for path, found in prose.report()] == []
