"""Queries during a sync, a rename and a prune succeed or are an error, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from iamsql.model import IamsqlError
from iamsql.query import run_query as run
from iamsql.runs import status
from iamsql.runs.directory import list_runs
from iamsql.runs.prune import Limits, prune
from iamsql.runs.run_names import resolve
from iamsql.runs.status import table_of_runs
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.runs.run_folders import WRITES, add_run, id_of, run_ids, running
from tests.sync.syncs import run_sync


class CallbackAws(FakeAws):
    """A fake AWS that calls a function at the first request for an account's users with an assumed role."""

    def __init__(self, look: Callable[[], None]) -> None:
        """Store the function."""
        super().__init__(DAY)
        self._look, self.looked = look, False

    def answer(self, *args: Any, **kwargs: Any) -> Any:
        """Respond as the fake AWS does."""
        response = super().answer(*args, **kwargs)
        if not self.looked and any(call.operation == "GetAccountAuthorizationDetails" for call in self.calls):
            self.looked = True
            self._look()
        return response


def test_latest_is_the_earlier_run_during_a_sync(tmp_path: Path) -> None:
    earlier = add_run(tmp_path, 1)
    observed: list[object] = []

    def look() -> None:
        observed.append(resolve(tmp_path, "latest"))
        answer = run.run_query("select count(*) from aws_iam_user", {}, run.QueryRequest("latest", tmp_path))
        observed.extend(answer.result.rows)
        observed.extend(row[5] for row in table_of_runs(tmp_path).rows)
        observed.extend(run.partial for run in list_runs(tmp_path))
        with suppress(IamsqlError):
            prune(tmp_path, Limits(keep=0), yes=True)
            observed.append("pruned")

    aws = CallbackAws(look)
    synced = run_sync(tmp_path, aws=aws, accounts=("111122223333",), events=("none",), tables=("aws_iam_user",))
    assert aws.looked
    assert observed == [earlier, (2,), "running", "complete", True, False]
    assert resolve(tmp_path, "latest") == synced.path and earlier.exists()


@pytest.mark.slow
def test_a_query_during_a_write_of_another_process_is_answered(tmp_path: Path) -> None:
    add_run(tmp_path, 1)
    with running(WRITES, add_run(tmp_path, 0, partial=True)):
        answer = run.run_query("select name from aws_iam_user order by 1", {}, run.QueryRequest("latest", tmp_path))
        assert answer.result.rows == [("ana",), ("bo",)] and answer.run.name == f"{id_of(1)}.duckdb"


LOOKS = """
import sys
from contextlib import closing
from pathlib import Path
from iamsql.model import IamsqlError
from iamsql.query.listing import one_run
from iamsql.runs.run_names import resolve
from iamsql.runs.status import table_of_runs
from iamsql.runs.verify import verify
from iamsql.runs.store.reader import open_run
folder = Path(sys.argv[1])
def opens():
    with closing(open_run(resolve(folder, "latest"))) as reader:
        assert reader.run("select count(*) from aws_iam_user").rows == [(2,)]
looks = [lambda: table_of_runs(folder), opens, lambda: verify(folder), lambda: one_run.run(resolve(folder, "previous"))]
print("there", flush=True)
answered = [0] * len(looks)
for turn in range(24):
    try:
        looks[turn % len(looks)]()
        answered[turn % len(looks)] += 1
    except IamsqlError:
        pass
print(*answered)
"""


@pytest.mark.slow
def test_queries_during_renames_and_prunes_end_in_an_answer_or_an_error(tmp_path: Path) -> None:
    add_run(tmp_path, 400)
    content = add_run(tmp_path / "made", 5).read_bytes()
    with running(LOOKS, tmp_path) as first, running(LOOKS, tmp_path) as second:
        for turn in count():
            partial = tmp_path / f"{id_of(300 - turn / 1000)}.duckdb.partial"
            partial.write_bytes(content)
            partial.rename(partial.with_name(f"{id_of(300 - turn / 1000)}.duckdb"))
            for run in list_runs(tmp_path)[8:]:
                run.path.unlink()
            if None not in (first.poll(), second.poll()):
                break
        outputs = [process.communicate()[0] for process in (first, second)]
        assert (first.returncode, second.returncode) == (0, 0)
    listed, _, verified, _ = [sum(map(int, each)) for each in zip(*map(str.split, outputs), strict=True)]
    assert (listed, verified) == (12, 12)  # a run that goes while it is looked at is not an error to these


@pytest.mark.slow
def test_a_run_that_is_renamed_while_it_is_listed_has_its_new_name(
    tmp_path: Path,
) -> None:
    partial = add_run(tmp_path, 1, partial=True)
    runs = list_runs(tmp_path)
    add_run(tmp_path / "made", 1).replace(tmp_path / f"{id_of(1)}.duckdb")
    partial.unlink()
    (renamed,) = (pair for run in runs for pair in status._read_statuses(run))
    assert (renamed[0].path.name, renamed[1].status) == (f"{id_of(1)}.duckdb", "complete")
    renamed[0].path.unlink()
    assert status._read_statuses(renamed[0]) == [] and status._read_statuses(runs[0]) == []


@pytest.mark.slow
def test_two_processes_prune_at_the_same_time(tmp_path: Path) -> None:
    for days in range(1, 9):
        add_run(tmp_path, days)
    command = [sys.executable, "-m", "iamsql", "runs", "prune", "--keep", "2", "--yes", "--runs", str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert run_ids(tmp_path) == [id_of(1), id_of(2)]
    assert sorted(err.splitlines()[-1] for _, err in outputs) == ["Deleted 6 runs.", "No run is deleted."]
