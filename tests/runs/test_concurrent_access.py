"""What goes on at the same time: reading beside a sync, a rename and a prune; nothing ever ends in a traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError
from iamsql.query import run
from iamsql.runs import list_runs, resolve
from iamsql.runs.prune import Limits, prune
from iamsql.runs.status import table_of_runs
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.runs.run_folders import WRITES, beside, ids, name, put
from tests.sync.syncs import ran


class Watching(FakeAws):
    """A room that has something done when a role's account is first asked for its users."""

    def __init__(self, look: Callable[[], None]) -> None:
        """Keep what is to be done."""
        super().__init__(DAY)
        self._look, self.looked = look, False

    def answer(self, *args: Any, **kwargs: Any) -> Any:
        """Answer as the room does."""
        said = super().answer(*args, **kwargs)
        if not self.looked and any(call.operation == "GetAccountAuthorizationDetails" for call in self.calls):
            self.looked = True
            self._look()
        return said


def test_latest_is_the_earlier_run_while_a_sync_goes_on(tmp_path: Path) -> None:
    earlier = put(tmp_path, 1)
    seen: list[object] = []

    def look() -> None:
        seen.append(resolve(tmp_path, "latest"))
        answer = run.run_query("select count(*) from aws_iam_user", args={}, run="latest", runs_dir=tmp_path)
        seen.extend(answer.result.rows)
        seen.extend(row[5] for row in table_of_runs(tmp_path).rows)
        seen.extend(run.partial for run in list_runs(tmp_path))
        with suppress(IamsqlError):
            prune(tmp_path, Limits(keep=0), yes=True)
            seen.append("pruned")

    room = Watching(look)
    made = ran(tmp_path, room=room, accounts=("111122223333",), events=("none",), tables=("aws_iam_user",))
    assert room.looked
    assert seen == [earlier, (2,), "running", "complete", True, False]
    assert resolve(tmp_path, "latest") == made.path and earlier.exists()


def test_queries_beside_a_writer_of_another_process(tmp_path: Path) -> None:
    put(tmp_path, 1)
    with beside(WRITES, put(tmp_path, 0, partial=True)):
        answer = run.run_query("select name from aws_iam_user order by 1", args={}, run="latest", runs_dir=tmp_path)
        assert answer.result.rows == [("ana",), ("bo",)] and answer.run.name == f"{name(1)}.duckdb"


LOOKS = """
import sys
from contextlib import closing
from pathlib import Path
from iamsql import describe
from iamsql.model import IamsqlError
from iamsql.runs import resolve
from iamsql.runs.status import table_of_runs
from iamsql.runs.verify import verify
from iamsql.store.reader import open_run
folder = Path(sys.argv[1])
def opens():
    with closing(open_run(resolve(folder, "latest"))) as reader:
        assert reader.run("select count(*) from aws_iam_user").rows == [(2,)]
looks = [lambda: table_of_runs(folder), opens, lambda: verify(folder), lambda: describe.run(resolve(folder, "previous"))]
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


def test_readers_beside_renames_and_prunes_end_in_an_answer_or_a_sentence(tmp_path: Path) -> None:
    put(tmp_path, 400)
    whole = put(tmp_path / "made", 5).read_bytes()
    with beside(LOOKS, tmp_path) as one, beside(LOOKS, tmp_path) as other:
        for turn in count():
            partial = tmp_path / f"{name(300 - turn / 1000)}.duckdb.partial"
            partial.write_bytes(whole)
            partial.rename(partial.with_name(f"{name(300 - turn / 1000)}.duckdb"))
            for run in list_runs(tmp_path)[8:]:
                run.path.unlink()
            if None not in (one.poll(), other.poll()):
                break
        said = [process.communicate()[0] for process in (one, other)]
        assert (one.returncode, other.returncode) == (0, 0)
    listed, _, verified, _ = [sum(map(int, each)) for each in zip(*map(str.split, said), strict=True)]
    assert (listed, verified) == (12, 12)  # a run that goes while it is looked at is no error to these


def test_a_run_renamed_between_the_look_at_the_folder_and_the_look_into_it_is_listed_by_its_name(
    tmp_path: Path,
) -> None:
    from iamsql.runs import status

    partial = put(tmp_path, 1, partial=True)
    runs = list_runs(tmp_path)
    put(tmp_path / "made", 1).replace(tmp_path / f"{name(1)}.duckdb")
    partial.unlink()
    (found,) = (one for run in runs for one in status._with_status(run, {}))
    assert (found[0].path.name, found[1].status) == (f"{name(1)}.duckdb", "complete")
    found[0].path.unlink()
    assert status._with_status(found[0], {}) == [] and status._with_status(runs[0], {}) == []


def test_two_processes_prune_at_once(tmp_path: Path) -> None:
    for days in range(1, 9):
        put(tmp_path, days)
    command = [sys.executable, "-m", "iamsql", "runs", "prune", "--keep", "2", "--yes", "--runs", str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert ids(tmp_path) == [name(1), name(2)]
    assert sorted(err.splitlines()[-1] for _, err in said) == ["Deleted 6 runs.", "No run is deleted."]
