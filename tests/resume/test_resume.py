"""A run that was cut off goes on: what was read is kept and not asked again, and the end is as if nothing had been."""

from __future__ import annotations

import os
import shutil
import signal
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runfile import build
from iamsql.runfile.rows import RunRow
from iamsql.runs import list_runs
from iamsql.store.open_new import checkpoint
from iamsql.sync import Options, sync
from iamsql.sync.options import SilentProgress
from iamsql.sync.resume.select import BEFORE
from tests.conftest import DAY
from tests.fake_aws import ORG_TRAIL, FakeAws, Faults
from tests.resume.same import differences, holds
from tests.runs.test_verify import storage
from tests.sync.rooms import DATA, MANAGEMENT, PAYMENTS, TRIAL, WEB, Ran, ask, fetched, ran, trailed
from tests.tiers import slow_after


def stop_at(room: FakeAws, number: int) -> FakeAws:
    """Have the room press Ctrl-C at a call."""
    plain, asked = room.answer, count(1)

    def answer(request: Any, **more: Any) -> Any:
        if next(asked) == number:
            os.kill(os.getpid(), signal.SIGINT)
        return plain(request, **more)

    room.answer = answer  # type: ignore[method-assign]
    return room


def cut_off(runs: Path, number: int, **options: Any) -> Path:
    """Leave a run that was cut off at a call."""
    with pytest.raises(KeyboardInterrupt):
        ran(runs, room=stop_at(FakeAws(DAY), number), **options)
    [partial] = runs.glob("*.partial")
    return partial


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(tmp_path_factory.mktemp("runs"))


@pytest.mark.parametrize("number", slow_after(1, [150, 30, 300]))
def test_a_run_that_was_cut_off_goes_on_to_the_same_end(tmp_path: Path, undisturbed: Ran, number: int) -> None:
    with patch("iamsql.store.writer.FLUSH_INTERVAL", 0.0):
        partial = cut_off(tmp_path, number)
    pairs = (
        "select account_id, operation from iamsql.coverage where service not in ('organizations', 'sts') group by all"
    )
    done = ask(partial, f"{pairs} having bool_and(status in ('ok', 'not_applicable'))")
    assert done or number < 150
    again = ran(tmp_path, resume=True)
    assert again.path.name == partial.name.removesuffix(".partial")
    assert [one.name for one in tmp_path.iterdir() if one.name not in (".lock", "SHA256SUMS")] == [again.path.name]
    assert differences(undisturbed.path, again.path) == {}
    assert storage(again.path) == storage(undisturbed.path) == 65  # of DuckDB 1.2
    asked = {(one.account_id, one.operation) for one in again.room.calls}
    assert {*done} & asked <= {(MANAGEMENT, "ListOrganizationsFeatures")}  # the walk, which is made anew


def test_it_says_which_two_times_it_spans(tmp_path: Path) -> None:
    partial = cut_off(tmp_path, 200)
    [(started,)] = ask(partial, "select started_at from iamsql.run")
    again = ran(tmp_path, resume=True, room=FakeAws(DAY.replace(day=4)))
    rows = again.rows("select run_id, started_at, resumed_at - started_at, carried_from, status from iamsql.run")
    assert [(row[0], row[1], row[2].days, row[3], row[4]) for row in rows] == [
        (again.path.stem, started, 2, None, "gaps")
    ]
    assert "Kept what this run had read by 2026-03-02 12:00 UTC: " in again.outcome.lines[1]
    said = {
        sql: CliRunner().invoke(main, ["query", sql, "--run", str(again.path)]).stderr
        for sql in ("select count(*) from aws_iam_user", "select 1")
    }
    assert [("spans two times, 2026-03-02 12:00 and 2026-03-04 12:00 UTC" in one) for one in said.values()] == [
        True,
        False,
    ]
    late = again.rows("select count(*) from iamsql.coverage where started_at is not null and carried_from is not null")
    assert late == [(0,)]


def test_a_limit_of_calls_is_gone_on_from(tmp_path: Path, undisturbed: Ran) -> None:
    first = ran(tmp_path, max_calls=170)
    assert ("max_calls",) in first.rows("select distinct error_code from iamsql.coverage")
    again = ran(tmp_path, resume=True)
    assert again.path != first.path and first.path.is_file()
    assert (
        differences(undisturbed.path, again.path, ("event_coverage", "coverage", "raw.cloudtrail_lookup_events")) == {}
    )
    assert again.rows("select carried_from from iamsql.run") == [(first.path.stem,)]


def test_credentials_that_ended_are_gone_on_from(tmp_path: Path, undisturbed: Ran) -> None:
    first = ran(tmp_path, room=FakeAws(DAY, faults=Faults(base_session_expires_after=120)))
    assert ("expired",) in first.rows("select distinct status from iamsql.coverage")
    again = ran(tmp_path, resume=True)
    assert again.rows("select outcome, count(*) from iamsql.accounts group by all order by all") == undisturbed.rows(
        "select outcome, count(*) from iamsql.accounts group by all order by all"
    )
    assert differences(undisturbed.path, again.path, ("event_coverage", "coverage")) == {}


def test_what_stood_in_goes_when_the_call_itself_comes_in(tmp_path: Path, undisturbed: Ran) -> None:
    denied = Faults(deny=((WEB, "GetAccountAuthorizationDetails"), (PAYMENTS, "GetCredentialReport")))
    first = ran(tmp_path, room=FakeAws(DAY, faults=denied))
    assert ("ok", None) in first.status("ListUsers", WEB) and undisturbed.asked("ListUsers", WEB) == 0
    again = ran(tmp_path, retry_gaps=True)
    more = ("event_coverage", "coverage", "raw.iam_get_access_key_last_used")  # of every key, as no report told of any
    assert differences(undisturbed.path, again.path, more) == {}
    others = {one.account_id for one in again.room.calls} - {MANAGEMENT}
    assert others <= {
        WEB,
        PAYMENTS,
        DATA,
        TRIAL,
        *(one for (one,) in again.rows("select account_id from iamsql.accounts")),
    }
    assert again.asked("GetAccountSummary", WEB) == 0 and again.asked("GetAccountAuthorizationDetails", WEB) > 0


def test_an_account_that_cannot_be_entered_any_more_keeps_what_was_read(tmp_path: Path) -> None:
    first = ran(tmp_path, room=FakeAws(DAY, faults=Faults(deny=((WEB, "GetAccountSummary"),))))
    before = [row for row in holds(first.path)["raw.iam_get_account_authorization_details_users"] if WEB in row]
    ended = FakeAws(DAY, faults=Faults(base_session_expires_after=25))
    again = ran(tmp_path, retry_gaps=True, room=ended)
    [(outcome,)] = again.rows("select outcome from iamsql.accounts where account_id = ?", WEB)
    assert outcome == "partial"
    assert again.status("GetAccountAuthorizationDetails", WEB) == {("ok", None)}
    assert again.status("GetAccountSummary", WEB) != {("ok", None)}
    after = [row for row in holds(again.path)["raw.iam_get_account_authorization_details_users"] if WEB in row]
    assert before and before == after


def test_where_nothing_lacks_nothing_is_asked(tmp_path: Path) -> None:
    first = ran(tmp_path, accounts=(PAYMENTS,))
    for how in ({"resume": True}, {"retry_gaps": True}):
        again = ran(tmp_path, **how)
        assert again.path == first.path and not again.room.counts
        assert again.outcome.lines[0].endswith("has no gaps to retry; nothing was requested.")
    assert len(list_runs(tmp_path)) == 1


def test_what_was_asked_for_cannot_change_on_the_way(tmp_path: Path) -> None:
    cut_off(tmp_path, 60, days=30)
    with pytest.raises(IamsqlError, match="--days cannot be changed now"):
        ran(tmp_path, resume=True, days=40)
    again = ran(tmp_path, resume=True)
    [(span,)] = again.rows("select window_end - window_start from iamsql.run")
    assert span.days == 30


def test_another_organization_changes_nothing(tmp_path: Path) -> None:
    partial = cut_off(tmp_path, 100)
    before = partial.read_bytes()
    with pytest.raises(IamsqlError, match=r"which cannot be read now.*\n.*Nothing was changed") as error:
        ran(tmp_path, resume=True, room=FakeAws(DAY, faults=Faults(no_organization=True)))
    assert len(str(error.value).splitlines()) == 2
    assert [one.name for one in list_runs(tmp_path)[0].path.parent.glob("*.duckdb*")] == [partial.name]
    assert partial.read_bytes() == before


def test_no_run_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match=r"There is no run .*\n.*iamsql sync"):
        ran(tmp_path, resume=True)


def test_a_run_that_could_not_be_named_is_named(tmp_path: Path, undisturbed: Ran) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(30, "Read-only file system")

    with (
        patch.object(type(tmp_path), "rename", refuse),
        pytest.raises(IamsqlError, match="The run is complete") as error,
    ):
        ran(tmp_path)
    assert "sync --resume" in str(error.value)
    again = ran(tmp_path, resume=True)
    assert not again.room.counts and again.path.suffix == ".duckdb"
    assert differences(undisturbed.path, again.path) == {}


@pytest.mark.parametrize("copied", slow_after(1, [True, False]))
def test_a_sitting_killed_while_it_took_over_is_mended(tmp_path: Path, undisturbed: Ran, copied: bool) -> None:
    partial = cut_off(tmp_path, 220)
    checkpoint(partial)
    before = partial.with_name(partial.name + BEFORE)
    if copied:
        shutil.copy(partial, before)
    else:
        partial.rename(before)
        build.create(partial.with_name(partial.stem), RunRow(partial.name.partition(".")[0], "2026-03-02")).close()
    again = ran(tmp_path, resume=True)
    assert not before.exists()
    assert differences(undisturbed.path, again.path) == {}
    assert ", 0 in part" not in again.outcome.lines[1]


def test_a_sitting_that_cannot_take_over_puts_back_what_there_was(tmp_path: Path) -> None:
    partial = cut_off(tmp_path, 220)
    before = holds_told(partial)
    with (
        patch("iamsql.sync.resume.state.PriorRun.copy", side_effect=IamsqlError("full")),
        pytest.raises(IamsqlError, match="full"),
    ):
        ran(tmp_path, resume=True)
    assert [one.name for one in tmp_path.glob("*.duckdb*")] == [partial.name]
    assert holds_told(partial) == before


def holds_told(path: Path) -> list[Any]:
    return ask(path, "select * from iamsql.coverage order by all")


def test_a_trail_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    plain = trailed(tmp_path / "plain")
    room = FakeAws(DAY)
    answer, seen = room.answer, []

    def answering(request: Any, **more: Any) -> Any:
        if ".json.gz" in request.url:
            seen.append(request.url)
            if len(seen) == len(fetched(plain.room)) - 3:
                os.kill(os.getpid(), signal.SIGINT)
        return answer(request, **more)

    room.answer = answering  # type: ignore[method-assign]
    with (
        patch("iamsql.cloudtrail.download.DOWNLOADS", 2),
        patch("iamsql.cloudtrail.download.BATCH_FILES", 4),
        patch("iamsql.store.writer.FLUSH_INTERVAL", 0.0),
        pytest.raises(KeyboardInterrupt),
    ):
        trailed(tmp_path / "runs", room=room)
    [partial] = (tmp_path / "runs").glob("*.partial")
    held = ask(partial, "select account_id, region from iamsql.event_coverage where source = 'trail'")
    assert held
    again = trailed(tmp_path / "runs", resume=True)
    assert differences(plain.path, again.path) == {}
    kept = {f"/{account}/CloudTrail/{region}/" for account, region in held}
    assert not [key for key in fetched(again.room) if any(one in key for one in kept)]
    assert 0 < len(fetched(again.room)) < len(fetched(plain.room))
    assert not list((tmp_path / "runs").glob("*.spool"))


def test_events_of_an_earlier_run_come_into_the_one_that_goes_on(tmp_path: Path) -> None:
    ran(tmp_path / "a", room=FakeAws(DAY.replace(day=1)), trail=ORG_TRAIL)
    plain = ran(tmp_path / "a", trail=ORG_TRAIL)
    earlier = ran(tmp_path / "b", room=FakeAws(DAY.replace(day=1)), trail=ORG_TRAIL)
    with patch("iamsql.sync.runner.copy_events", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        ran(tmp_path / "b", trail=ORG_TRAIL)
    again = ran(tmp_path / "b", resume=True, trail=ORG_TRAIL)
    assert again.rows("select count(*) from iamsql.event_coverage where carried_from = ?", earlier.path.stem) > [(10,)]
    assert differences(plain.path, again.path) == {}
    earlier.path.unlink()


def test_events_whose_run_is_gone_are_asked_again(tmp_path: Path, undisturbed: Ran) -> None:
    earlier = ran(tmp_path, room=FakeAws(DAY.replace(day=1)))
    with patch("iamsql.sync.runner.copy_events", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        ran(tmp_path)
    earlier.path.unlink()
    again = ran(tmp_path, resume=True)
    assert again.asked("LookupEvents") > 10
    assert differences(undisturbed.path, again.path) == {}


def test_import_is_made_again(tmp_path: Path) -> None:
    first = ran(tmp_path, accounts=(PAYMENTS,))
    with patch("iamsql.sync.resume.select.open_run") as opening:
        facts = opening.return_value.__enter__.return_value.facts
        facts.options, facts.run_id = {"import": True}, first.path.stem
        with pytest.raises(IamsqlError, match="import them again"):
            sync(Options(tmp_path, resume=True), SilentProgress(), FakeAws(DAY))
