"""A shell without a terminal, over a small run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from iamsql.query.shell import State, handle
from iamsql.runs.store.reader import open_run
from tests.minimal_run import GAPS, make_run

ADULTS = "-- title: Users above an age\n-- param: days integer = 15  # The age\n\nselect name from aws_iam_user where age > $days\n"


@dataclass
class ShellOutput:
    """A shell, and its output by stream."""

    state: State
    shown: list[str] = field(default_factory=list)
    paged: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> str:
        """Send a line to the shell; return its output."""
        for output in (self.shown, self.paged, self.messages):
            output.clear()
        handle(self.state, line)
        return "".join(self.shown)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShellOutput]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "adults.sql").write_text(ADULTS)
    with closing(open_run(make_run(tmp_path / "x.duckdb", GAPS))) as reader:
        output = ShellOutput(State(reader, show=print, page=print, say=print))
        output.state.show, output.state.page, output.state.say = (
            output.shown.append,
            output.paged.append,
            output.messages.append,
        )
        yield output
