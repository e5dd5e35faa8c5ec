"""The trends over earlier runs, and the cache of their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from iamsql.report import trend
from iamsql.report.contents import NUMBER_KEYS, Number
from iamsql.report.trend import Point, TrendSource, read_trend, with_trend
from iamsql.report.trend_cache import NumberCache, Values
from iamsql.runs.directory import run_file
from iamsql.runs.latest import RunWithStatus
from iamsql.runs.status import run_status
from tests.minimal_run import make_run

ORGANIZATION = "update iamsql.run set organization_id = '{}', started_at = '2026-03-{:02} 12:00:00+00', run_id = '{}'"


def numbers(users: int | None) -> dict[str, int | None]:
    """Return the numbers of a run with some users."""
    return {**dict.fromkeys(NUMBER_KEYS, 1), "users": users}


def run_of(folder: Path, day: int, organization: str = "o-1", *changes: str) -> Path:
    """Write a small run of a day."""
    path = folder / f"202603{day:02}T120000Z-{organization}.duckdb"
    return make_run(path, statements=(ORGANIZATION.format(organization, day, path.stem), *changes))


def known_run(path: Path) -> RunWithStatus:
    """Return a run with its status."""
    run = run_file(path)
    assert run
    return run, run_status(run)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder with runs of three days, and of another organization and another scope."""
    folder = tmp_path / "runs"
    for day in (1, 2, 3):
        run_of(folder, day)
    return folder


@pytest.fixture
def counted() -> list[str]:
    """Return the list of the runs that were counted."""
    return []


@pytest.fixture
def source(tmp_path: Path, counted: list[str]) -> Callable[[int], TrendSource]:
    """Return a function that makes a source, which counts the day of a run as its users."""

    def count(path: Path) -> Values:
        counted.append(path.stem[:8])
        return numbers(int(path.stem[6:8]))

    cache = NumberCache(tmp_path / "cache", "basis")
    return lambda limit: TrendSource(cache, count, limit, lambda line: counted.append(line))


def values(points: Sequence[Point]) -> list[tuple[str, int | None]]:
    """Return the day and the users of each point."""
    return [(f"{point.started:%m-%d}", point.values["users"]) for point in points]


def test_the_earlier_runs_are_counted_oldest_first(
    runs: Path, source: Callable[[int], TrendSource], counted: list[str]
) -> None:
    current = known_run(runs / "20260303T120000Z-o-1.duckdb")
    result, note = read_trend(current, runs, source(10))
    assert (values(result.points), note) == ([("03-01", 1), ("03-02", 2)], "")
    assert counted == [
        "Counting run 1 of 2 for the trends: 20260302T120000Z-o-1", "20260302",
        "Counting run 2 of 2 for the trends: 20260301T120000Z-o-1", "20260301",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_run_is_counted_once(runs: Path, source: Callable[[int], TrendSource], counted: list[str]) -> None:
    current = known_run(runs / "20260303T120000Z-o-1.duckdb")
    first, _ = read_trend(current, runs, source(10))
    counted.clear()
    second, _ = read_trend(current, runs, source(0))
    assert (second, counted) == (first, [])


@pytest.mark.slow
def test_a_changed_run_is_counted_again(runs: Path, source: Callable[[int], TrendSource], counted: list[str]) -> None:
    current = known_run(runs / "20260303T120000Z-o-1.duckdb")
    read_trend(current, runs, source(10))
    counted.clear()
    with duckdb.connect(str(runs / "20260301T120000Z-o-1.duckdb")) as connection:
        connection.execute("create table more as select range from range(100000)")
    read_trend(current, runs, source(10))
    assert counted[1:] == ["20260301"]


@pytest.mark.slow
def test_runs_beyond_the_limit_are_named(runs: Path, source: Callable[[int], TrendSource]) -> None:
    result, note = read_trend(known_run(runs / "20260303T120000Z-o-1.duckdb"), runs, source(1))
    assert values(result.points) == [("03-02", 2)]
    assert note == "1 earlier run was not counted for the trends. Count more runs with: iamsql report --trend 2"


@pytest.mark.slow
def test_runs_that_cannot_be_compared_are_left_out_with_the_reason(
    runs: Path, source: Callable[[int], TrendSource]
) -> None:
    run_of(runs, 2, "o-2")
    (runs / "20260301T110000Z-o-1.duckdb").write_text("no database")
    run_of(runs, 1, "o-1", 'update iamsql.run set options = \'{"accounts": ["111111111111"]}\'')
    result, note = read_trend(known_run(runs / "20260303T120000Z-o-1.duckdb"), runs, source(10))
    assert values(result.points) == [("03-02", 2)]
    assert note == (
        "Not in the trends: 1 run of another organization; 1 run with another scope; 20260301T110000Z-o-1: corrupt."
    )


@pytest.mark.slow
def test_a_run_that_fails_is_left_out_with_the_error(runs: Path, tmp_path: Path) -> None:
    def fail(path: Path) -> Values:
        raise trend.IamsqlError(f"{path.name} is damaged.\nVerify it.")

    current = known_run(runs / "20260302T120000Z-o-1.duckdb")
    failing = TrendSource(NumberCache(tmp_path / "cache", "basis"), fail, 10, lambda _: None)
    result, note = read_trend(current, runs, failing)
    assert result.points == []
    assert note == "Not in the trends: 20260301T120000Z-o-1: 20260301T120000Z-o-1.duckdb is damaged."


@pytest.mark.slow
def test_twenty_runs_at_most(runs: Path, source: Callable[[int], TrendSource], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trend, "MAX_RUNS", 1)
    result, note = read_trend(known_run(runs / "20260303T120000Z-o-1.duckdb"), runs, source(10))
    assert (values(result.points), note) == ([("03-02", 2)], "")


def test_this_run_is_the_last_of_a_trend(runs: Path) -> None:
    started = known_run(runs / "20260303T120000Z-o-1.duckdb")[1].started
    assert started
    points = [Point(started.replace(day=1), numbers(4)), Point(started.replace(day=2), numbers(None))]
    (number,) = with_trend({"users": (9, False)}, points, started)
    assert number == Number(
        "users", 9, False, [(started.replace(day=1), 4), (started.replace(day=2), None), (started, 9)]
    )


@pytest.mark.slow
def test_a_run_that_read_less_is_not_compared(runs: Path, source: Callable[[int], TrendSource]) -> None:
    trail = """update iamsql.run set options = '{"trail": "auto"}'"""
    current = known_run(run_of(runs, 4, "o-1", trail))
    with_events = replace(source(10), tables={"aws_cloudtrail_event"})
    result, _ = read_trend(current, runs, with_events)
    assert (result.points, result.other_run) == ([], "20260303T120000Z-o-1")
    assert result.scope_changes == "More was read: the events of a trail, and not only those with certain names."
    without_events = replace(source(10), tables={"aws_iam_user"})
    result, _ = read_trend(current, runs, without_events)
    assert (len(result.points), result.other_run, result.scope_changes) == (3, "", "")
