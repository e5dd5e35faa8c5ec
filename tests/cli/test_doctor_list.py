"""The list on a terminal: sections, lines that fit, and one entry for the same result of many accounts."""

from __future__ import annotations

import io

from iamsql.cli.doctor_list import write_list
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import display_width
from iamsql.sync.doctor.model import Row, failed_row, ok, skipped_row, stopped_row

SECTIONS = {"proxy": "Network", "role": "Accounts", "permissions": "Accounts"}


def listed(rows: list[Row], width: int = 80, *, color: bool = False) -> list[str]:
    """Return the lines of the list."""
    text = io.StringIO()
    write_list(rows, SECTIONS, text, Style(width, color))
    return text.getvalue().splitlines()


def test_equal_results_of_many_accounts_are_one_entry() -> None:
    accounts = [f"{number:012}" for number in range(1000)]
    rows = [ok("proxy", "No proxy is set."), *(ok("role", "iamsql-audit", account) for account in accounts)]
    rows += [failed_row("permissions", "denied", f"Allow arn:aws:iam::{a}:role/x", a) for a in accounts[:2]]
    assert listed(rows) == [
        "Network",
        "  ok       proxy        No proxy is set.",
        "",
        "Accounts",
        "  ok       role         iamsql-audit (1000 accounts: 000000000000,",
        "                        000000000001, 000000000002 …)",
        "  FAILED   permissions  denied (000000000000, 000000000001)",
        "                        → Allow arn:aws:iam::ACCOUNT:role/x",
    ]


def test_one_account_is_named_in_the_next_step() -> None:
    lines = listed([failed_row("role", "no", "Allow arn:aws:iam::222233334444:role/x", "222233334444")])
    assert lines[1:] == [
        "  FAILED   role  no (222233334444)",
        "                 → Allow arn:aws:iam::222233334444:role/x",
    ]


def test_lines_fit_and_hostile_text_is_escaped() -> None:
    rows = [skipped_row("role", "\x1b[31mred\n" + "words and words " * 20), ok("proxy", "ok")]
    for width in (60, 80, 132):
        lines = listed(rows, width)
        assert max(map(display_width, lines)) <= width
        assert "\x1b" not in "".join(lines)
    assert "\x1b[32mok\x1b[0m" in listed(rows, color=True)[-1]


def test_a_failed_check_names_the_checks_that_it_stopped() -> None:
    rows = [
        failed_row("proxy", "no name", "Check the network."),
        failed_row("role", "no", "Allow it.", "111111111111"),
        stopped_row("permissions", "role", account="111111111111"),
        stopped_row("role", "proxy", account=""),
        stopped_row("permissions", "role", "proxy"),
        stopped_row("permissions", "role", account="222222222222"),
    ]
    assert listed(rows) == [
        "Network",
        "  FAILED   proxy        no name. Skipped because of it: role, permissions.",
        "                        → Check the network.",
        "",
        "Accounts",
        "  FAILED   role         no. Skipped because of it: permissions. (111111111111)",
        "                        → Allow it.",
        "  skipped  permissions  The check `role` failed. (222222222222)",
    ]
