"""The words of notices: expected texts, limits, hostile names, and unknown data."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.automation.notify.message.text import MAX_SUBJECT_CHARACTERS, has_news, largest_payload, plain_text, subject
from iamsql.automation.notify.model import KINDS, Notice
from iamsql.escaping import is_visible
from tests.automation.notify.notices import RUN, change, hostile, large, notice, resolved, unread, usual

EXPECTED = Path(__file__).parent / "expected"
NOTICES = {
    "usual": usual(),
    "first": notice(earlier=None),
    "unchanged": notice(),
    "unread": notice(
        [], [unread(1), unread(2, outcome="incomplete", reason="iam:ListUsers was denied")], open_alarms={}
    ),
}


@pytest.mark.parametrize("name", NOTICES)
def test_the_text_of_a_notice(name: str) -> None:
    path = EXPECTED / f"{name}.txt"
    assert plain_text(NOTICES[name], 20) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("of", "line"),
    [
        (usual(), "iamsql o-demo123456: 2 findings opened (1 critical), 1 new administrator, 2 accounts not read"),
        (large(), "iamsql o-demo123456: 3,000 findings opened, 3,000 accounts not read"),
        (notice(), "iamsql o-demo123456: no changes"),
        (notice(unknown_results=1), "iamsql o-demo123456: no changes, 1 unknown result"),
        (notice([], [unread()]), "iamsql o-demo123456: no changes, 1 account not read"),
        (notice([], [unread(outcome="incomplete")]), "iamsql o-demo123456: no changes, 1 account not read in full"),
        (notice(earlier=None), "iamsql o-demo123456: first run, 15 open alarms"),
        (replace(notice([change()]), run=replace(RUN, organization_id="")), "iamsql: 1 finding opened"),
    ],
)
def test_the_subject_says_what_is_most_urgent(of: Notice, line: str) -> None:
    assert subject(of) == line


def test_a_subject_that_is_too_long_leaves_out_the_least_urgent_changes_and_never_the_unread_accounts() -> None:
    changes = [change(at, change_type=kind) for at, kind in enumerate(KINDS * 1000)]
    full = replace(notice(changes, [unread()] * 100), run=replace(RUN, organization_id="o-" + "x" * 32))
    line = subject(full)
    assert len(line) <= MAX_SUBJECT_CHARACTERS
    assert "1,000 findings opened" in line and line.endswith(", 100 accounts not read") and "resolved" not in line


def test_a_long_list_says_how_many_are_left_out() -> None:
    text = plain_text(large(3000), 20)
    assert text.count("- [high] ") == 20 and text.count("- closed-") == 20
    assert text.count("- and 2,980 more\n") == 2


@pytest.mark.parametrize("limit", [0, -1])
def test_without_a_list_the_numbers_stay(limit: int) -> None:
    text = plain_text(usual(), limit)
    assert "2 findings opened:\n- and 2 more\n" in text and "2 accounts not read; their changes are unknown:" in text


def test_a_resolved_finding_has_the_earlier_reason_or_why_it_has_none() -> None:
    assert "  before: The user has no MFA.\n" in plain_text(notice([resolved()]), 20)
    assert "  The account left the organization.\n" in plain_text(
        notice([resolved("The account left the organization.")]), 20
    )


@pytest.mark.parametrize("missing", [{"missing": [unread()]}, {"unknown_results": 3}])
def test_missing_data_is_never_called_fine(missing: dict[str, object]) -> None:
    text = plain_text(notice(open_alarms={}, **missing), 20)
    assert "No changes in the data that was read." in text and "Open alarms: none in the data that was read." in text
    assert "No changes." not in text


def test_hostile_names_stay_in_their_line() -> None:
    text = plain_text(hostile(), 20)
    assert all(is_visible(line) for line in text.split("\n"))
    assert max(map(len, text.split("\n"))) < 700
    assert re.search(r"^- \[high\] line\\nbreak\\r\\n\\ttab \\x1b\[31mred", text, re.MULTILINE)


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1), st.integers(-1, 50))
def test_no_text_makes_a_subject_of_another_form_or_a_further_line(name: str, limit: int) -> None:
    run = replace(RUN, organization_id=name)
    of = replace(notice([change(title=name, resource=name, reason=name)], [unread(reason=name)], notes=[name]), run=run)
    assert len(subject(of)) <= MAX_SUBJECT_CHARACTERS and subject(of).isascii() and subject(of).isprintable()
    plain = replace(notice([change(title="x", resource="x", reason="x")], [unread(reason="x")], notes=["x"]), run=run)
    assert plain_text(of, limit).count("\n") == plain_text(plain, limit).count("\n")


def test_the_largest_payload_that_fits_is_found() -> None:
    def lines(most: int) -> int:
        return largest_payload(
            large(100), 50, lambda content: len(content.groups[0].items), lambda item_count: item_count <= most
        )

    assert [lines(most) for most in (-1, 0, 1, 33, 49, 50, 99)] == [0, 0, 1, 33, 49, 50, 50]


def test_there_is_news_in_a_change_and_in_the_first_run() -> None:
    assert has_news(usual()) and has_news(notice(earlier=None))
    assert not has_news(notice([], [unread()]))
