"""The progress of a sync is a bar on a terminal, and lines elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql import logs
from iamsql.cli.display import LineDisplay, stderr_display
from iamsql.cli.progress import DisplayedProgress, progress_line


def test_progress_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = DisplayedProgress(LineDisplay(every=0))
    lines.start(3)
    lines.update(1, 3, 40, 2, 200.0)
    assert capsys.readouterr().err == "1 of 3 accounts, 40 calls, 2 throttled, about 3 min left\n"
    assert progress_line(0, 3, 0, 0, None) == "0 of 3 accounts, 0 calls"
    slow = DisplayedProgress(LineDisplay(every=60))
    slow.start(3)
    slow.update(1, 3, 40, 2, None)
    assert capsys.readouterr().err == ""


def test_progress_is_lines_between_debug_records(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert type(stderr_display(True)).__name__ == "Display"
    assert type(stderr_display(False)).__name__ == "BarDisplay"
    logs.configure(debug=True)
    try:
        assert type(stderr_display(False)).__name__ == "LineDisplay"
    finally:
        logs.close()
