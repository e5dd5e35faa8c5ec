"""The progress of a report: a bar on a terminal, lines elsewhere, and nothing with --quiet."""

from __future__ import annotations

import pytest

from iamsql.cli.display import Display, LineDisplay
from iamsql.cli.display_bar import BarDisplay
from iamsql.cli.section_progress import SectionProgress, section_progress

SECTIONS = ("escalation", "controls", "keys", "users")


class Recorder(Display):
    """A display that records what is shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[float, int, str]] = []

    def update(self, done: float, total: int, line: str) -> None:
        """Record the progress."""
        self.shown.append((done, total, line))


def test_the_progress_counts_sections_and_the_controls_that_were_run() -> None:
    progress = SectionProgress(SECTIONS, recorder := Recorder())
    for name in ("escalation", "controls, 0 of 4", "controls, 3 of 4", "keys", "escalation", "users", "unlisted\x1b"):
        progress.show(name)
    assert [done for done, *_ in recorder.shown] == [0, 1, 1.75, 2, 2, 3, 3]
    assert {total for _, total, _ in recorder.shown} == {4}
    assert [line for *_, line in recorder.shown][2:4] == ["Reading controls, 3 of 4", "Reading keys"]
    assert "\x1b" not in recorder.shown[-1][2]


def test_a_terminal_has_a_bar_that_is_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with section_progress(quiet=False, sections=SECTIONS) as progress:
        bar = progress.display
        assert isinstance(bar, BarDisplay)
        (task,) = bar._bar.tasks
        assert (task.completed, task.total, task.description) == (0, 4, "Opening the run")
        progress.show("controls, 1 of 2")
        progress.say("Counting run 1 of 2")
        assert (task.completed, task.description) == (0.5, "Reading controls, 1 of 2")
    assert not bar._bar.live.is_started
    assert "Counting run 1 of 2" in capsys.readouterr().err


def test_other_outputs_have_a_line_for_each_interval(capsys: pytest.CaptureFixture[str]) -> None:
    with section_progress(quiet=False, sections=SECTIONS) as progress:
        progress.show("keys")
        progress.say("Counting run 1 of 2")
    assert capsys.readouterr().err == "Counting run 1 of 2\n"
    SectionProgress(SECTIONS, LineDisplay(every=0)).show("keys")
    assert capsys.readouterr().err == "Reading keys\n"


def test_quiet_shows_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with section_progress(quiet=True, sections=SECTIONS) as progress:
        progress.show("keys")
        progress.say("Counting run 1 of 2")
    assert capsys.readouterr().err == ""
