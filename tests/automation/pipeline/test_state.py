"""The state of an unfinished pipeline."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iamsql.automation.pipeline.state import STATE_FILE, PipelineState, find_unfinished


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"run": 3}', '{"run": "../x.duckdb", "gaps": 0, "synced_at": "NOW"}',
     '{"run": "a.duckdb", "gaps": "many", "synced_at": "NOW"}', '{"run": "a.duckdb", "gaps": 0, "synced_at": "yesterday"}',
     '{"run": "a.duckdb", "gaps": 0, "synced_at": "OLD"}', '{"run": "gone.duckdb", "gaps": 0, "synced_at": "NOW"}'],
)  # fmt: skip
def test_a_state_that_cannot_be_used_is_ignored(tmp_path: Path, text: str) -> None:
    now = datetime.now(UTC)
    (tmp_path / "a.duckdb").touch()
    (tmp_path.parent / "x.duckdb").touch()
    old = now - timedelta(hours=2)
    (tmp_path / STATE_FILE).write_text(text.replace("NOW", now.isoformat()).replace("OLD", old.isoformat()))
    assert find_unfinished(tmp_path, now) is None


def test_the_state_of_an_unfinished_pipeline_is_private_and_found(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    (tmp_path / "a.duckdb").touch()
    state = PipelineState(tmp_path, "a.duckdb", 3)
    state.write(now)
    assert stat.S_IMODE((tmp_path / STATE_FILE).stat().st_mode) == 0o600
    unfinished_state = find_unfinished(tmp_path, now + timedelta(minutes=59))
    assert unfinished_state == replace(state, is_continued=True)
    state.remove()
    assert find_unfinished(tmp_path, now) is None
    os.mkfifo(tmp_path / STATE_FILE)
    assert find_unfinished(tmp_path, now) is None
