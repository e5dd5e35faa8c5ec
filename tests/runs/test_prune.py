"""What prune deletes, what it never does, and that it says so."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs import prune as pruning
from iamsql.runs.prune import Limits, PruneResult, parse_age, prune
from tests.runs.run_folders import HOLDS, NOW, READS, WRITES, beside, ids, name, put


def pruned(folder: Path, keep: int | None = None, days: int | None = None, yes: bool = True) -> PruneResult:
    older = None if days is None else timedelta(days=days)
    return prune(folder, Limits(keep, older), yes=yes, now=NOW)


def gone(folder: Path, keep: int | None = None, days: int | None = None) -> set[str]:
    before = ids(folder)
    pruned(folder, keep, days)
    return set(before) - set(ids(folder))


@pytest.fixture
def four(tmp_path: Path) -> Path:
    for days in (1, 10, 100, 200):
        put(tmp_path, days)
    return tmp_path


@pytest.mark.parametrize(
    ("keep", "days", "wanted"),
    [
        (2, None, {100, 200}),
        (0, None, {10, 100, 200}),
        (None, 9, {10, 100, 200}),
        (None, 100, {200}),
        (None, 365, set()),
        (3, 9, {200}),
        (1, 150, {200}),
        (9, 0, set()),
        (None, 0, {10, 100, 200}),
    ],
)
def test_a_run_goes_when_it_is_beyond_every_limit(
    four: Path, keep: int | None, days: int | None, wanted: set[int]
) -> None:
    assert gone(four, keep, days) == {name(one) for one in wanted}


def test_nothing_goes_unless_asked(four: Path) -> None:
    def size(run: str) -> int:
        return (four / f"{run}.duckdb").stat().st_size

    plan = pruned(four, 1, 50, yes=False)
    assert plan.plan.table().rows == [
        (name(days), NOW - timedelta(days=days), size(name(days)), f"not the newest, started {days} days ago")
        for days in (100, 200)
    ]
    assert plan.lines()[-1].startswith("2 runs of ") and plan.lines()[-1].endswith(
        "would be deleted. To delete: add --yes"
    )
    assert ids(four) == [name(days) for days in (1, 10, 100, 200)]
    assert not (four / ".lock").exists()


def test_the_newest_complete_run_never_goes(tmp_path: Path) -> None:
    put(tmp_path, 100, "gaps")
    put(tmp_path, 200, "complete")
    put(tmp_path, 300, "complete")
    told = pruned(tmp_path, None, 50)
    assert ids(tmp_path) == [name(200)]
    assert f"{name(200)}.duckdb is kept: it is the newest complete run." in told.lines()


def test_where_none_is_complete_the_newest_finished_one_never_goes(tmp_path: Path) -> None:
    put(tmp_path, 100, "empty")
    put(tmp_path, 200, "gaps")
    told = pruned(tmp_path, 0)
    assert ids(tmp_path) == [name(100)]
    assert f"{name(100)}.duckdb is kept: no newer run was finished." in told.lines()


def test_what_is_no_run_of_ours_stays(four: Path) -> None:
    with duckdb.connect(str(four / f"{name(400)}.duckdb")) as con:
        con.execute("create table mine as select 1 as one")
    (four / f"{name(401)}.duckdb").write_bytes(b"no DuckDB")
    (four / f"{name(402)}.duckdb.partial").write_bytes(b"neither")
    (four / f"{name(403)}.txt").write_text("notes")
    put(four / "kept", 404)
    copy = put(four, 405, run_id="20200101T000000Z-o-1")
    copy.rename(four / "copy.duckdb")
    put(four, 406, "running")
    told = pruned(four, 0)
    left = {line.partition(" ")[0]: line for line in told.lines()}
    assert "it is not a run of iamsql" in left[f"{name(400)}.duckdb"]
    assert (
        "cannot be opened" in left[f"{name(401)}.duckdb"] and "cannot be opened" in left[f"{name(402)}.duckdb.partial"]
    )
    assert "20200101T000000Z-o-1 under another name" in left["copy.duckdb"]
    assert "never finished, though its name says so" in left[f"{name(406)}.duckdb"]
    stays = {name(1), name(400), name(401), name(402), name(406), "copy"}
    assert set(ids(four)) == stays and (four / f"{name(403)}.txt").exists() and ids(four / "kept") == [name(404)]


def test_a_partial_goes_with_what_lies_beside_it_unless_it_can_be_resumed(tmp_path: Path) -> None:
    put(tmp_path, 60)
    old, new = put(tmp_path, 90, partial=True), put(tmp_path, 50, partial=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("mine")
    for path in (old, new):
        (path.parent / f"{path.name}.spool").mkdir()
        (path.parent / f"{path.name}.spool" / "part.json.gz").write_bytes(b"x")
        (path.parent / f"{path.name}.lock").write_bytes(b"")
    (tmp_path / f"{old.name}.tmp").symlink_to(outside)
    told = pruned(tmp_path, None, 30)
    assert f"{new.name} is kept: it can be resumed." in told.lines()
    assert sorted(path.name for path in tmp_path.glob("*.duckdb*")) == sorted(
        [f"{name(60)}.duckdb", new.name, f"{new.name}.spool", f"{new.name}.lock"]
    )
    assert (outside / "kept.txt").exists()


def test_a_copy_under_another_name_shares_nothing_with_the_partial_of_a_run(tmp_path: Path) -> None:
    put(tmp_path, 1)
    run = put(tmp_path, 100)
    spool = tmp_path / f"{run.name}.partial.spool"
    spool.mkdir()
    assert gone(tmp_path, 1) == {name(100)} and not spool.exists()


def test_refused_while_a_sync_writes(four: Path) -> None:
    with beside(WRITES, put(four, 0, partial=True)):
        for yes in (False, True):
            with pytest.raises(IamsqlError, match=rf"{name(0)} is being written.*\nPrune when the sync has finished"):
                pruned(four, 1, yes=yes)
    assert len(ids(four)) == 5


def test_refused_while_another_holds_the_folder(four: Path) -> None:
    with (
        beside(HOLDS, four),
        patch("iamsql.runs.lock.folder_lock.__wrapped__.__defaults__", (0.05,)),
        pytest.raises(IamsqlError, match="Another iamsql process has locked"),
    ):
        pruned(four, 1)
    assert len(ids(four)) == 4


def test_what_cannot_be_deleted_is_said_and_the_rest_goes(four: Path) -> None:
    unlink = Path.unlink

    def stubborn(path: Path, missing_ok: bool = False) -> None:
        if path.name == f"{name(100)}.duckdb":
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, missing_ok)

    with patch.object(Path, "unlink", stubborn):
        told = pruned(four, 1)
    assert told.failures == [f"{name(100)}.duckdb could not be deleted: Permission denied."]
    assert told.lines()[-1] == "Deleted 2 runs."
    assert ids(four) == [name(1), name(100)]


def test_one_that_was_touched_after_the_look_stays(four: Path) -> None:
    planned = pruning.planned

    def touching(*args: object) -> object:
        chosen = planned(*args)  # type: ignore[arg-type]
        with (four / f"{name(200)}.duckdb").open("ab") as stream:
            stream.write(b"x")
        return chosen

    with patch.object(pruning, "planned", touching):
        told = pruned(four, 1)
    assert told.failures == [f"{name(200)}.duckdb could not be deleted: it was written meanwhile."]
    assert ids(four) == [name(1), name(200)]


def test_two_at_once_delete_each_run_once(four: Path) -> None:
    told: list[PruneResult] = []
    both = [threading.Thread(target=lambda: told.append(pruned(four, 1))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert ids(four) == [name(1)]
    assert sorted(len(one.plan.delete) for one in told) == [0, 3] and not any(one.failures for one in told)


def test_a_reader_keeps_its_file(four: Path) -> None:
    with beside(READS, four / f"{name(200)}.duckdb") as reader:
        assert gone(four, 1) == {name(10), name(100), name(200)}
        said, _ = reader.communicate("go on\n", timeout=60)
    assert said == "2\n"


@pytest.mark.parametrize(
    ("text", "days"),
    [("90d", 90), ("12w", 84), ("6m", 180), ("1y", 365), (" 1Y ", 365), ("0d", 0), ("99999y", 36499635)],
)
def test_reads_an_age(text: str, days: int) -> None:
    assert parse_age(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "d", "90", "-1d", "1.5y", "90 d", "1h", "٣d", "999999d", "1d1d", "90d\n90d"])
def test_refuses_what_is_no_age(text: str) -> None:
    with pytest.raises(ValueError, match="is not an age: use 90d, 12w, 6m or 1y"):
        parse_age(text)


def iamsql(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["runs", "prune", *map(str, args)])


def test_the_command(four: Path) -> None:
    shown = iamsql("--runs", four, "--keep", 1, "--older-than", "1d", "-o", "csv")
    assert shown.exit_code == 0 and len(ids(four)) == 4
    assert [line.split(",")[0] for line in shown.stdout.splitlines()] == ["run", name(10), name(100), name(200)]
    assert "would be deleted. To delete: add --yes" in shown.stderr
    done = iamsql("--runs", four, "--keep", 1, "--yes")
    assert (done.exit_code, ids(four)) == (0, [name(1)]) and "Deleted 3 runs." in done.stderr
    with patch("iamsql.runs.prune._remove", side_effect=OSError(13, "Permission denied")):
        put(four, 10)
        failed = iamsql("--runs", four, "--keep", 1, "--yes")
    assert failed.exit_code == 2 and f"{name(10)}.duckdb could not be deleted: Permission denied." in failed.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "Specify what to keep: --keep N, --older-than AGE, or both"),
        (("--older-than", "soon"), "--older-than: 'soon' is not an age"),
        (("--keep", "-1"), "-1 is not in the range"),
    ],
)
def test_the_command_refuses(four: Path, args: tuple[str, ...], words: str) -> None:
    refused = iamsql("--runs", four, "--yes", *args)
    assert refused.exit_code == 2 and words in refused.stderr and len(ids(four)) == 4


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert iamsql("--runs", tmp_path / "none", "--keep", 1, "--yes").exit_code == 0
    assert not (tmp_path / "none").exists()
