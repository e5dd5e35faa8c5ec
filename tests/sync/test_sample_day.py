"""The day of the sample organization that a sync reads: the day after the newest run of the sample in the runs folder."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import iamsql
from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs.coverage.commands import sync_of
from iamsql.runs.store.metadata import RunMetadata
from iamsql.sync import Options
from iamsql.sync.sample_day import SampleDay, choose_day
from tests.conftest import query
from tests.minimal_run import make_run

OWNER = "o-demo123456"
TODAY = date(2026, 3, 10)
ACCOUNT = ("--account", "777788889999", "--event", "none", "--table", "aws_iam_user", "--table", "aws_account")


def add_run(folder: Path, hour: int, started: str, *, owner: str = OWNER, suffix: str = "", **options: Any) -> Path:
    """Write a run that was made at this hour, and started at noon of a day of the sample."""
    stored = json.dumps({"demo": True} | options)
    row = f"update iamsql.run set started_at = '{started} 12:00:00+00', options = '{stored}'"
    return make_run(folder / f"20260310T{hour:02}0000Z-{owner}{suffix}", statements=(row,))


def chosen(folder: Path, **options: Any) -> tuple[int, str]:
    """Return the number and the date of the day that is chosen."""
    day = choose_day(Options(folder, demo=True, **options), OWNER, TODAY)
    return day.number, day.date.isoformat()


def test_the_days_follow_one_another(tmp_path: Path) -> None:
    assert chosen(tmp_path) == (1, "2026-03-07")
    for hour, (number, day) in enumerate([(1, "2026-02-01"), (2, "2026-02-02"), (3, "2026-02-03")], 1):
        add_run(tmp_path, hour, day, suffix=".duckdb", day=number)
        assert chosen(tmp_path) == (min(number + 1, 3), f"2026-02-0{min(number + 1, 3)}")
    assert choose_day(Options(tmp_path, demo=True), OWNER, TODAY).is_repeated
    (tmp_path / "20260310T030000Z-o-demo123456.duckdb").unlink()
    assert chosen(tmp_path) == (3, "2026-02-03"), "a deleted run does not count"
    assert not choose_day(Options(tmp_path, demo=True), OWNER, TODAY).is_repeated


@pytest.mark.parametrize(("day", "date_of_day"), [(1, "2026-02-01"), (2, "2026-02-02"), (3, "2026-02-03")])
def test_a_given_day_has_its_date_in_the_folder(tmp_path: Path, day: int, date_of_day: str) -> None:
    assert chosen(tmp_path, day=day) == (day, f"2026-03-0{6 + day}")
    add_run(tmp_path, 1, "2026-02-02", suffix=".duckdb", day=2)
    assert chosen(tmp_path, day=day) == (day, date_of_day)


@pytest.mark.parametrize(
    "run",
    [
        {"owner": "o-1234567890"},  # a real organization
        {"demo": False},
        {"import": ["file"]},
        {"suffix": ".duckdb.partial"},
        {"suffix": "-shard-1-of-2.duckdb"},
    ],
    ids=str,
)
def test_other_runs_do_not_count(tmp_path: Path, run: dict[str, Any]) -> None:
    add_run(tmp_path, 2, "2026-02-02", **{"suffix": ".duckdb", "day": 2, **run})
    assert chosen(tmp_path) == (1, "2026-03-07")
    add_run(tmp_path, 1, "2026-02-01", suffix=".duckdb", day=1)
    assert chosen(tmp_path) == (2, "2026-02-02")


@pytest.mark.parametrize("stored", [None, 0, 4, "2", True, [2]])
def test_a_run_without_a_valid_day_is_of_day_1(tmp_path: Path, stored: Any) -> None:
    add_run(tmp_path, 1, "2026-02-01", suffix=".duckdb", **({} if stored is None else {"day": stored}))
    assert chosen(tmp_path) == (2, "2026-02-02")


def test_a_file_that_is_not_a_run_does_not_count(tmp_path: Path) -> None:
    (tmp_path / f"20260310T010000Z-{OWNER}.duckdb").write_bytes(b"not a database")
    assert chosen(tmp_path) == (1, "2026-03-07")


def test_each_shard_has_its_own_day_until_the_shards_are_merged(tmp_path: Path) -> None:
    add_run(tmp_path, 1, "2026-02-01", suffix="-shard-1-of-2.duckdb", day=1, shard="1/2")
    assert chosen(tmp_path, shard="1/2") == (2, "2026-02-02")
    assert chosen(tmp_path, shard="2/2")[0] == 1
    add_run(tmp_path, 2, "2026-02-01", suffix=".duckdb", day=1, merged=2)
    assert chosen(tmp_path, shard="2/2") == chosen(tmp_path) == (2, "2026-02-02")


def test_a_resumed_run_keeps_its_day(tmp_path: Path) -> None:
    metadata = RunMetadata(started_at=datetime.fromisoformat("2026-02-02T12:00:00Z"), options={"demo": True, "day": 2})
    day = choose_day(Options(tmp_path, demo=True), OWNER, TODAY, metadata)
    assert day == SampleDay(2, date(2026, 2, 2))


def test_the_lines_for_the_user() -> None:
    first, *other_lines = SampleDay(1, TODAY).lines(16)
    assert first == "This is a sample organization of 16 accounts with problems planted on purpose."
    assert other_lines == ["Day 1 of 3: the next sync --demo into the same folder reads day 2."]
    assert [*SampleDay(3, TODAY).lines(16)][1] == "Day 3 of 3."
    repeated_line = [*SampleDay(3, TODAY, is_repeated=True).lines(16)][1]
    assert repeated_line == "Day 3 is its last day, and is read again. Read an earlier day with --day 1 or --day 2."


def sync(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["sync", "--runs", str(folder), *ACCOUNT, *args])


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (("--day", "2"), "--day selects a day of the sample organization; add --demo."),
        (("--demo", "--day", "4"), "4 is not in the range 1<=x<=3"),
        (("--demo", "friendly"), "--demo takes no value or hostile, not 'friendly'."),
    ],
)
def test_invalid_days_and_samples_are_usage_errors(tmp_path: Path, args: tuple[str, ...], error: str) -> None:
    result = sync(tmp_path, *args)
    assert result.exit_code == 2 and error in result.stderr and not [*tmp_path.iterdir()]


@pytest.mark.slow
def test_each_sync_reads_the_next_day(tmp_path: Path) -> None:
    outputs = [sync(tmp_path, "--demo").stderr for _ in range(4)]
    assert all(f"Day {number} of 3" in output for number, output in enumerate(outputs[:3], 1))
    assert "Day 3 is its last day" in outputs[3]
    runs = sorted(tmp_path.glob("*.duckdb"))
    names = [{name for (name,) in query(run, "select name from aws_iam_user")} for run in runs]
    assert [*map(len, names)] == [5, 6, 6, 6] and names[1] - names[0] == {"late.joiner"}
    starts = [
        query(run, "select started_at::date - date '2020-01-01', options->>'day' from iamsql.run")[0] for run in runs
    ]
    first = starts[0][0]
    assert starts == [(first, "1"), (first + 1, "2"), (first + 2, "3"), (first + 2, "3")]
    assert query(runs[2], "select count(*) from iamsql.run where finished_at - started_at between '0s' and '10m'")
    older = sync(tmp_path, "--demo", "--day", "1")
    assert "Day 1 of 3" in older.stderr and older.exit_code == 0


@pytest.mark.slow
def test_a_resumed_sync_reads_the_day_of_its_run(tmp_path: Path) -> None:
    assert sync(tmp_path, "--demo", "--day", "2", "--quiet").exit_code == 0
    other = sync(tmp_path, "--demo", "--retry-gaps", "--day", "3")
    assert other.exit_code == 2 or "no gaps" in other.stderr
    stopped = CliRunner().invoke(main, ["sync", "--demo", "--day", "2", "--max-calls", "60", "--runs", str(tmp_path)])
    assert stopped.exit_code == 0
    resumed = CliRunner().invoke(main, ["sync", "--demo", "--resume", "--runs", str(tmp_path)])
    assert resumed.exit_code == 0 and "Taken from the run: --day 2" in resumed.stderr and "Day 2 of 3" in resumed.stderr


@pytest.mark.slow
def test_hostile_names_are_read_with_demo_hostile(tmp_path: Path) -> None:
    args = ("--account", "101010101010", "--event", "none", "--table", "aws_iam_user")
    done = CliRunner().invoke(main, ["sync", "--runs", str(tmp_path), "--demo", "hostile", *args])
    assert done.exit_code == 0, done.stderr
    [run] = tmp_path.glob("*.duckdb")
    assert ("=cmd,+@calc",) in query(run, "select name from aws_iam_user")
    assert query(run, "select options->>'demo' from iamsql.run") == [("hostile",)]
    result = CliRunner().invoke(
        main, ["query", "select name from aws_iam_user", "--run", str(run), "-o", "csv", "--csv-safe"]
    )
    assert "\"'=cmd,'+@calc\"" in result.stdout


def test_run_passes_the_sample_to_its_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = []

    def pipeline(request: Any, _progress: Any, **_: Any) -> Any:
        requests.append((request.sync.demo, request.sync.day))
        raise KeyboardInterrupt

    monkeypatch.setattr("iamsql.cli.run.run_pipeline", pipeline)
    for arguments in (
        ["--demo"],
        ["--demo", "hostile"],
        ["--", "--demo", "--day", "2"],
        ["--demo", "--", "--day", "3"],
    ):
        CliRunner().invoke(main, ["run", "--runs", str(tmp_path), *arguments])
    assert requests == [(True, None), ("hostile", None), (True, 2), (True, 3)]


def test_the_python_api_refuses_a_day_of_another_organization(tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match="--day selects a day of the sample organization, and requires --demo"):
        iamsql.collect(runs=tmp_path, day=2)


@pytest.mark.parametrize(
    ("options", "command"),
    [
        ({}, "iamsql sync"),
        ({"demo": True}, "iamsql sync --demo"),
        ({"demo": True, "day": 2}, "iamsql sync --demo --day 2"),
        ({"demo": "hostile", "day": 1}, "iamsql sync --demo hostile --day 1"),
        ({"demo": "$(id)", "day": "$(id)"}, "iamsql sync --demo"),
    ],
)
def test_a_command_that_collects_more_reads_the_same_day(options: dict[str, Any], command: str) -> None:
    assert sync_of(RunMetadata(options=options)) == command
