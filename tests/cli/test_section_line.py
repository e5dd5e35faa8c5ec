"""What a command works on, as one line of a terminal that is replaced."""

from __future__ import annotations

import io

import pytest

from iamsql.cli.section_line import CLEAR_LINE, section_line


class Terminal(io.StringIO):
    """Text that looks like a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def test_a_line_is_replaced_and_removed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    monkeypatch.setenv("COLUMNS", "30")
    with section_line(quiet=False) as show:
        show("controls, 1 of 2")
        show("\x1b[31m" + "x" * 100)
    first, second, last = terminal.getvalue().split(CLEAR_LINE)[1:]
    assert (first, len(second), last) == ("Reading controls, 1 of 2 …", 29, "")
    assert "\x1b" not in second


@pytest.mark.parametrize(("stream", "quiet"), [(Terminal(), True), (io.StringIO(), False)])
def test_nothing_is_shown_quietly_or_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, quiet: bool
) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    with section_line(quiet) as show:
        show("controls")
    assert stream.getvalue() == ""
