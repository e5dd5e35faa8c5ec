"""Rows as sentences."""

from __future__ import annotations

from iamsql.render.terminal.records import sentence_lines
from iamsql.render.terminal.style import Style
from tests.render.terminal.test_table import column

TEMPLATE = "{who} is {status}"


def lines(width: int, *, color: bool = False) -> list[str]:
    columns = {"who": column("who", "ana", ""), "status": column("status", "alarm", "ok")}
    others = [column("reason", "no MFA", "")]
    return list(sentence_lines(TEMPLATE, columns, others, 2, Style(width, color)))


def test_a_sentence_has_the_other_columns_below_and_an_empty_line_after_it() -> None:
    assert lines(40) == ["ana is alarm", "  reason  no MFA", "", "– is ok"]


def test_values_have_colors_unless_the_sentence_is_wider_than_the_terminal() -> None:
    assert lines(40, color=True)[0] == "\x1b[1mana\x1b[0m is \x1b[31malarm\x1b[0m"
    assert lines(8, color=True)[:2] == ["ana is", "alarm"]
