"""The generator of varied events and the verdicts of the benchmark of lakes. No speed is measured here."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

import pytest

from benchmarks import lake, varied_events
from benchmarks.large_organization import Size
from benchmarks.processes import Cost, ProcessFailed, fresh_home, run
from iamsql.runs.store.reader import Reader, open_run

EVENTS = 3_000
SMALL = Size(accounts=10, units=2, scps=2, users=12, roles=8, groups=2, policies=10)
DIGEST = "select bit_xor(hash(event)), bit_xor(hash(account_id, event_id, actor_arn, target)) from iamsql.events"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Return a run with few events."""
    path = tmp_path_factory.mktemp("varied") / "20261125T120000Z-o-made.duckdb"
    varied_events.build(path, EVENTS, SMALL, days=5)
    return open_run(path)


@pytest.mark.slow
def test_generated_events_are_different_and_of_a_real_size(small: Reader) -> None:
    sql = """
    select count(*), count(distinct event_id), count(distinct event_name), count(distinct region), count(distinct account_id),
      count(distinct actor_arn), count(distinct user_agent), avg(length(cast(event as varchar))), bool_and(json_valid(event))
    from iamsql.events"""
    [(events, ids, names, regions, accounts, actors, agents, size, are_valid)] = small.query(sql)
    assert events == ids == EVENTS and are_valid
    assert names > 200 and regions == 14 and accounts == 10 and actors > 200 and agents > 50
    assert 1_000 < size < 1_600


@pytest.mark.slow
def test_generated_events_are_parsed_like_events_of_a_trail(small: Reader) -> None:
    kinds = dict(small.query("select user_type, count(*) from aws_cloudtrail_event group by all"))
    assert kinds.keys() >= {"AssumedRole", "AWSService", "IAMUser", "WebIdentityUser"}
    top = small.query("select event_name from iamsql.events group by all order by count(*) desc limit 1")
    assert top == [("AssumeRole",)]
    missing = "select count(*) from aws_cloudtrail_event where event_time is null or source_ip_address is null or log_file is null"
    assert small.query(missing) == [(0,)]
    assert small.query("select count(*) > 20 from aws_cloudtrail_event where error_code is not null") == [(True,)]
    sql = "select count(*) > 0 from iamsql.events e join aws_iam_user u on u.arn = e.actor_arn"
    assert small.query(sql) == [(True,)]


@pytest.mark.slow
def test_the_same_scale_gives_the_same_events(small: Reader, tmp_path: Path) -> None:
    path = tmp_path / "20261125T120000Z-o-made.duckdb"
    varied_events.build(path, EVENTS, SMALL, days=5)
    again = open_run(path)
    assert again.query(DIGEST) == small.query(DIGEST)
    again.close()


def test_detections_are_compared_with_the_run_file(tmp_path: Path) -> None:
    def command(_home: Path, *arguments: str, output: Path, exit_codes: tuple[int, ...]) -> Cost:
        source = "lake" if "--lake" in arguments else "run"
        output.write_text(json.dumps([{"detection": "trail_stopped"}]), encoding="utf-8")
        assert exit_codes == (0, 1)
        return Cost({"run": 10.0, "lake": 13.5}[source], 20.0, 512.0)

    with patch.object(lake, "command", command), patch.object(lake, "varied_run", lambda _: tmp_path / "run.duckdb"):
        time, cpu, findings = lake.all_detections(tmp_path, "lake")
    assert (time.iamsql, time.ratio, time.target, time.is_met) == ("13.5 s", "1.35×", "at most 1.3×", False)
    assert cpu.iamsql == "20 s CPU, 512 MiB" and cpu.is_met is None
    assert (findings.iamsql, findings.reference, findings.is_met) == ("none", "1 findings", True)


def test_a_process_may_end_with_the_exit_codes_of_findings() -> None:
    with fresh_home() as home:
        assert run(["false"], home, {}, exit_codes=(0, 1)).exit_code == 1
        with pytest.raises(ProcessFailed, match="ended with 1"):
            run(["false"], home, {})
