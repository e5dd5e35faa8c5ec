"""The record of deliveries: what it keeps, and what it does with a damaged or foreign file."""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.automation.notify import state as module
from iamsql.automation.notify.state import SCHEMA, STATE_FILE, NotifyState, TargetState, locked_state
from iamsql.model import IamsqlError
from tests.automation.notify.known_runs import START, run

KEY = ("slack", "o-demo123456", "0123")


def test_what_is_recorded_is_read_again(tmp_path: Path) -> None:
    state = NotifyState(tmp_path)
    state.add(KEY, run(1), ["a" * 64, "b" * 64])
    state.complete(("hub", "", ""), run(2), with_all=True)
    assert stat.S_IMODE((tmp_path / STATE_FILE).stat().st_mode) == 0o600
    again = NotifyState(tmp_path)
    assert again.of(KEY).has("run-1", "a" * 64) and not again.of(KEY).has("run-1", "c" * 64)
    assert not again.of(KEY).has("run-2", "a" * 64), "the change of another run is another change"
    assert again.of(("hub", "", "")) == TargetState("run-2", START.replace(day=4), all_at=START.replace(day=4))
    assert again.of(("hub", "o-other", "")) == TargetState()
    again.complete(KEY, run(1))
    assert again.of(KEY) == TargetState("run-1", START.replace(day=3))


def test_an_older_run_does_not_replace_a_later_one(tmp_path: Path) -> None:
    state = NotifyState(tmp_path)
    state.complete(KEY, run(3))
    state.complete(KEY, run(1))
    assert state.of(KEY).delivered == "run-3"


def test_a_long_list_is_written_seldom_and_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SMALL_STATE", 2)
    with locked_state(tmp_path) as state:
        for number in range(10):
            state.add(KEY, run(1), [f"{number:064x}"])
        assert len(NotifyState(tmp_path).of(KEY).sent) == 2
    assert len(NotifyState(tmp_path).of(KEY).sent) == 10


def test_two_commands_do_not_send_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_TIMEOUT", 0.01)
    with (
        locked_state(tmp_path),
        pytest.raises(IamsqlError, match="Another iamsql process"),
        locked_state(tmp_path),
    ):
        pass


ROW = {
    "target": "t",
    "organization": "o",
    "selection": "",
    "delivered": "",
    "partial": "",
    "sent": [],
    "delivered_at": "",
    "all_at": "",
}


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "\0", "{" * 10_000, '{"schema": "iamsql.notify-state/1"}', "null",
        *(json.dumps({"schema": SCHEMA, "targets": [ROW | change]}) for change in (
            {"sent": [1]}, {"sent": 3}, {"delivered_at": "now"}, {"delivered_at": "2026-03-02T12:00:00"}, {"target": None})),
    ],
)  # fmt: skip
def test_a_damaged_file_is_an_error_that_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / STATE_FILE).write_text(text, "utf-8")
    with pytest.raises(IamsqlError, match="Delete it to start again"):
        NotifyState(tmp_path)


def test_a_link_and_a_pipe_are_errors_too(tmp_path: Path) -> None:
    (tmp_path / "target.json").write_text(json.dumps({"schema": SCHEMA, "targets": []}), "utf-8")
    (tmp_path / STATE_FILE).symlink_to(tmp_path / "target.json")
    with pytest.raises(IamsqlError, match="cannot be read"):
        NotifyState(tmp_path)
    (tmp_path / STATE_FILE).unlink()
    os.mkfifo(tmp_path / STATE_FILE)
    with pytest.raises(IamsqlError, match="cannot be read"):
        NotifyState(tmp_path)


JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(sorted(ROW)), JSON), st.sampled_from([SCHEMA, 1]))
@settings(max_examples=50, deadline=None)
def test_any_content_is_read_or_an_error(tmp_path_factory: pytest.TempPathFactory, row: object, schema: object) -> None:
    folder = tmp_path_factory.mktemp("state")
    (folder / STATE_FILE).write_text(json.dumps({"schema": schema, "targets": [row]}), "utf-8")
    with suppress(IamsqlError):
        NotifyState(folder)
