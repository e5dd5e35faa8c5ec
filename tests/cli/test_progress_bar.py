"""The bar of a sync on a terminal, with rich."""

from __future__ import annotations

import pytest

from iamsql.cli.progress_bar import BarProgress


def test_a_line_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    bar = BarProgress()
    bar.start(3)
    bar.say("[red]x[/red] :smile: \x1b[2J")
    bar.stop()
    assert "[red]x[/red] :smile: \\x1b[2J" in capsys.readouterr().err


def test_the_bar_has_the_accounts_and_the_line() -> None:
    bar = BarProgress()
    bar.start(4)
    bar.update(1, 4, 50, 2, 30.0)
    (task,) = bar._bar.tasks
    bar.stop()
    assert (task.completed, task.total) == (1, 4)
    assert task.description == "1 of 4 accounts, 50 calls, 2 throttled, about 30 s left"
