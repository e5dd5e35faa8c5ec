"""The texts of the page: words for the codes of risks, markup of prose, and a phrase for each section."""

from __future__ import annotations

import csv

import pytest

from iamsql.report.html.data import in_words
from iamsql.report.html.markup import prose
from iamsql.report.html.overview import without_pointer
from iamsql.report.html.page import NAVIGATION, SECTIONS
from iamsql.report.html.phrases import phrases
from iamsql.schema.run_macros import PACKAGE

WEIGHTS = PACKAGE / "permissions" / "data" / "iam_risk_weights.csv"


def test_every_code_of_a_risk_has_words() -> None:
    with WEIGHTS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    codes = [f"{row['factor']}.{row['level']}" for row in rows]
    assert [code for code in codes if f"risk.{code}" not in phrases().texts] == []


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ("", ""),
        ("mfa.none, privilege.full", "no MFA; full administrator"),
        ("key AKIA1: mfa.none", "key AKIA1; no MFA"),
        ("user ann (mfa.none, privilege.full); 3 at 7 or more", "user ann; no MFA; full administrator; 3 at 7 or more"),
        ("root <root_account> (root.key)", "root <root_account>; active root key"),
        ("user ann (key AKIA1: root.key)", "user ann; key AKIA1; active root key"),
        ("no MFA, new.code", "no MFA; new.code"),
        ("user =cmd (x), y (mfa.none)", "user =cmd (x); y; no MFA"),
    ],
)
def test_reasons_are_words(reasons: str, words: str) -> None:
    assert in_words(reasons, phrases()) == words


def test_prose_is_escaped_and_code_is_marked() -> None:
    assert prose("a `b<c` & `d\n`") == "a <code>b&lt;c</code> &amp; `d\n`"
    assert prose("\u202e`") == "\\u202e`"


def test_a_sentence_about_missing_data_does_not_name_the_query_that_the_page_replaces() -> None:
    note = "1 of 3 accounts not read in full: 1 AssumeRole failed"
    assert without_pointer(f"{note}. See: iamsql query skipped_accounts") == f"{note}."
    assert without_pointer(f"{note}.") == f"{note}."


def test_every_section_has_a_title() -> None:
    texts = phrases().texts
    assert [name for name in SECTIONS if name != "summary" and f"{name}.title" not in texts] == []
    assert [name for name in NAVIGATION if f"nav.{name}" not in texts] == []
