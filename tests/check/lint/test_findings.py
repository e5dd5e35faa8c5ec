"""A finding is one line that editors read."""

from __future__ import annotations

import pytest

from iamsql.check.lint.findings import COLUMNS, MAX_MESSAGE_CHARACTERS, Finding, one_line_message, to_result


def test_a_finding_stays_on_its_line() -> None:
    finding = Finding("a\nb.sql", 3, 7, "table", "no \x1b[2J table")
    assert str(finding) == r"a\nb.sql:3:7: no \x1b[2J table [table]"
    assert to_result([finding]).rows == [finding] and to_result([]).columns == COLUMNS


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  a\n\tb  c\n", "a b c"),
        ("x" * MAX_MESSAGE_CHARACTERS, "x" * MAX_MESSAGE_CHARACTERS),
        ("x" * (MAX_MESSAGE_CHARACTERS + 1), "x" * MAX_MESSAGE_CHARACTERS + "…"),
        ("", ""),
    ],
)
def test_an_error_is_one_short_line(text: str, line: str) -> None:
    assert one_line_message(text) == line
