"""The texts of the page: markup of prose, and a phrase for each section."""

from __future__ import annotations

from iamsql.report.html.markup import prose
from iamsql.report.html.overview import without_pointer
from iamsql.report.html.page import NAVIGATION, SECTIONS
from iamsql.report.html.phrases import phrases


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
