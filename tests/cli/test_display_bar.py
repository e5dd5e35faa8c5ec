"""The bar of a command on a terminal, with rich."""

from __future__ import annotations

import pytest

from iamsql.cli.display_bar import BarDisplay
from iamsql.cli.progress import DisplayedProgress


def test_a_line_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    bar = BarDisplay()
    bar.start(3, "starting")
    bar.say("[red]x[/red] :smile: \x1b[2J")
    bar.stop()
    assert "[red]x[/red] :smile: \\x1b[2J" in capsys.readouterr().err


def test_the_bar_has_the_accounts_and_the_line() -> None:
    bar = BarDisplay()
    progress = DisplayedProgress(bar)
    progress.start(4)
    (task,) = bar._bar.tasks
    assert (task.completed, task.total, task.description) == (0, 4, "0 of 4 accounts, 0 calls")
    progress.update(1, 4, 50, 2, 30.0)
    progress.stop()
    assert (task.completed, task.total) == (1, 4)
    assert task.description == "1 of 4 accounts, 50 calls, 2 throttled, about 30 s left"
