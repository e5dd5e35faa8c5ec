"""Parts of the page that a thread computes while the controls are evaluated."""

from __future__ import annotations

from pathlib import Path
from threading import Event, current_thread, main_thread

import pytest

from iamsql.model import IamsqlError
from iamsql.report import concurrent
from iamsql.report.concurrent import computed_in_thread


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a small file."""
    path = tmp_path / "run.duckdb"
    path.write_bytes(b"small")
    return path


def is_main() -> bool:
    """Return whether the caller runs in the main thread."""
    return current_thread() is main_thread()


def fail() -> None:
    """Raise an error."""
    raise IamsqlError("the table is missing")


def test_a_thread_computes_both_values_while_the_block_runs(run: Path) -> None:
    ended = Event()
    with computed_in_thread(run, is_main, ended.set) as (first, second):
        assert ended.wait(10)
        assert first() is False and second() is None


def test_the_values_of_a_large_run_are_computed_when_they_are_needed(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrent, "MAX_CONCURRENT_BYTES", 1)
    with computed_in_thread(run, is_main, fail) as (first, second):
        assert first() is True
        with pytest.raises(IamsqlError, match="the table is missing"):
            second()


def test_an_error_is_raised_where_the_value_is_needed(run: Path) -> None:
    with computed_in_thread(run, fail, is_main) as (first, second):
        with pytest.raises(IamsqlError, match="the table is missing"):
            first()
        assert second() is False


def test_an_error_in_the_block_cancels_what_has_not_begun(run: Path) -> None:
    called, end_first = Event(), Event()

    def block() -> None:
        with computed_in_thread(run, end_first.wait, called.set):
            end_first.set()
            raise IamsqlError("the block failed")

    with pytest.raises(IamsqlError, match="the block failed"):
        block()
