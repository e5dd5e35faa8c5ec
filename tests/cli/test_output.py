"""Limits of statements, and rows as text for a terminal."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import click
import pytest

from iamsql.cli import output
from iamsql.model import IamsqlError, Result
from iamsql.render.terminal.style import Style

ROWS = Result(("name", "n"), [("ana\x1b[2J", 1), ("bo", 22)], ("VARCHAR", "BIGINT"))


def options(timeout: float = 300, memory: str = "") -> Any:
    return SimpleNamespace(timeout=timeout, memory=memory)


def test_the_limits_match_the_options() -> None:
    limits = output.limits(options(0, "2GB"))
    assert (limits.seconds, limits.memory) == (0, 2 * 10**9)
    assert limits.on_hang and not limits.connect
    assert output.isolated_limits(options(5, "2GB")).connect


@pytest.mark.parametrize("timeout", [-1, float("nan")])
def test_a_time_that_is_not_a_number_of_seconds_is_a_usage_error(timeout: float) -> None:
    with pytest.raises(click.UsageError, match="--timeout takes seconds"):
        output.limits(options(timeout))
    with pytest.raises(IamsqlError, match="memory"):
        output.limits(options(1, "much"))


def test_a_statement_that_cannot_be_stopped_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(output.os, "_exit", codes.append)
    on_hang = output.limits(options()).on_hang
    assert on_hang
    on_hang("stopped\x1b[2J")
    assert (codes, capsys.readouterr().err) == ([2], "Error: stopped\\x1b[2J\n")


def test_a_terminal_has_a_table_or_records() -> None:
    table = output.terminal_text(ROWS, "table", Style(80))
    assert table.splitlines()[0].split() == ["name", "n"] and table.endswith("2 rows.\n")
    records = output.terminal_text(ROWS, "line", Style(80))
    assert "2 rows." not in records and records.count("name") == 2
    assert "\x1b" not in table + records


def test_only_formats_for_readers_depend_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_rows(ROWS, "csv", Style(80))
    assert capsys.readouterr().out.startswith("name,n\r\n")
    output.print_rows(ROWS, "table", Style(80))
    assert capsys.readouterr().out.endswith("2 rows.\n")
