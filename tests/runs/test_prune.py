"""The runs that prune deletes, those that it keeps, and its messages."""

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
from iamsql.runs import prune as prune_module
from iamsql.runs.prune import Limits, PruneResult, prune
from tests.runs.run_folders import LOCKS, NOW, READS, WRITES, add_run, id_of, run_ids, running


def prune_folder(folder: Path, keep: int | None = None, days: int | None = None, yes: bool = True) -> PruneResult:
    older = None if days is None else timedelta(days=days)
    return prune(folder, Limits(keep, older), yes=yes, now=NOW)


def deleted(folder: Path, keep: int | None = None, days: int | None = None) -> set[str]:
    before = run_ids(folder)
    prune_folder(folder, keep, days)
    return set(before) - set(run_ids(folder))


@pytest.fixture
def four_runs(tmp_path: Path) -> Path:
    for days in (1, 10, 100, 200):
        add_run(tmp_path, days)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keep", "days", "expected"),
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
def test_a_run_beyond_each_limit_is_deleted(
    four_runs: Path, keep: int | None, days: int | None, expected: set[int]
) -> None:
    assert deleted(four_runs, keep, days) == {id_of(days_ago) for days_ago in expected}


@pytest.mark.slow
def test_nothing_is_deleted_without_yes(four_runs: Path) -> None:
    def size(run: str) -> int:
        return (four_runs / f"{run}.duckdb").stat().st_size

    plan = prune_folder(four_runs, 1, 50, yes=False)
    assert plan.plan.table().rows == [
        (id_of(days), NOW - timedelta(days=days), size(id_of(days)), f"not the newest, started {days} days ago")
        for days in (100, 200)
    ]
    assert plan.lines()[-1].startswith("2 runs of ") and plan.lines()[-1].endswith(
        "would be deleted. To delete: add --yes"
    )
    assert run_ids(four_runs) == [id_of(days) for days in (1, 10, 100, 200)]
    assert not (four_runs / ".lock").exists()


def test_the_newest_complete_run_is_kept(tmp_path: Path) -> None:
    add_run(tmp_path, 100, "incomplete")
    add_run(tmp_path, 200, "complete")
    add_run(tmp_path, 300, "complete")
    result = prune_folder(tmp_path, None, 50)
    assert run_ids(tmp_path) == [id_of(200)]
    assert f"{id_of(200)}.duckdb is kept: it is the newest complete run." in result.lines()


@pytest.mark.slow
def test_without_a_complete_run_the_newest_finished_run_is_kept(tmp_path: Path) -> None:
    add_run(tmp_path, 100, "empty")
    add_run(tmp_path, 200, "incomplete")
    result = prune_folder(tmp_path, 0)
    assert run_ids(tmp_path) == [id_of(100)]
    assert f"{id_of(100)}.duckdb is kept: no newer run was finished." in result.lines()


@pytest.mark.slow
def test_files_that_are_not_runs_are_kept(four_runs: Path) -> None:
    with duckdb.connect(str(four_runs / f"{id_of(400)}.duckdb")) as con:
        con.execute("create table mine as select 1 as one")
    (four_runs / f"{id_of(401)}.duckdb").write_bytes(b"no DuckDB")
    (four_runs / f"{id_of(402)}.duckdb.partial").write_bytes(b"neither")
    (four_runs / f"{id_of(403)}.txt").write_text("notes")
    add_run(four_runs / "kept", 404)
    copy = add_run(four_runs, 405, run_id="20200101T000000Z-o-1")
    copy.rename(four_runs / "copy.duckdb")
    add_run(four_runs, 406, "running")
    result = prune_folder(four_runs, 0)
    lines_by_name = {line.partition(" ")[0]: line for line in result.lines()}
    assert "it is not a run of iamsql" in lines_by_name[f"{id_of(400)}.duckdb"]
    assert (
        "cannot be opened" in lines_by_name[f"{id_of(401)}.duckdb"]
        and "cannot be opened" in lines_by_name[f"{id_of(402)}.duckdb.partial"]
    )
    assert "20200101T000000Z-o-1 under another name" in lines_by_name["copy.duckdb"]
    assert "never finished, though its name says so" in lines_by_name[f"{id_of(406)}.duckdb"]
    stays = {id_of(1), id_of(400), id_of(401), id_of(402), id_of(406), "copy"}
    assert (
        set(run_ids(four_runs)) == stays
        and (four_runs / f"{id_of(403)}.txt").exists()
        and run_ids(four_runs / "kept") == [id_of(404)]
    )


@pytest.mark.slow
def test_a_partial_run_is_deleted_with_its_log_unless_it_can_be_resumed(tmp_path: Path) -> None:
    add_run(tmp_path, 60)
    old, new = add_run(tmp_path, 90, partial=True), add_run(tmp_path, 50, partial=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("mine")
    for path in (old, new):
        (path.parent / f"{path.name}.spool").mkdir()
        (path.parent / f"{path.name}.spool" / "part.json.gz").write_bytes(b"x")
        (path.parent / f"{path.name}.lock").write_bytes(b"")
    (tmp_path / f"{old.name}.tmp").symlink_to(outside)
    result = prune_folder(tmp_path, None, 30)
    assert f"{new.name} is kept: it can be resumed." in result.lines()
    assert sorted(path.name for path in tmp_path.glob("*.duckdb*")) == sorted(
        [f"{id_of(60)}.duckdb", new.name, f"{new.name}.spool", f"{new.name}.lock"]
    )
    assert (outside / "kept.txt").exists()


@pytest.mark.slow
def test_a_copy_of_a_run_does_not_share_its_partial_file(tmp_path: Path) -> None:
    add_run(tmp_path, 1)
    run = add_run(tmp_path, 100)
    spool = tmp_path / f"{run.name}.partial.spool"
    spool.mkdir()
    assert deleted(tmp_path, 1) == {id_of(100)} and not spool.exists()


@pytest.mark.slow
def test_prune_during_a_sync_is_an_error(four_runs: Path) -> None:
    with running(WRITES, add_run(four_runs, 0, partial=True)):
        for yes in (False, True):
            with pytest.raises(IamsqlError, match=rf"{id_of(0)} is being written.*\nPrune when the sync has finished"):
                prune_folder(four_runs, 1, yes=yes)
    assert len(run_ids(four_runs)) == 5


def test_prune_of_a_locked_folder_is_an_error(four_runs: Path) -> None:
    with (
        running(LOCKS, four_runs),
        patch("iamsql.runs.lock.folder_lock.__wrapped__.__defaults__", (0.05, ".lock")),
        pytest.raises(IamsqlError, match="Another iamsql process has locked"),
    ):
        prune_folder(four_runs, 1)
    assert len(run_ids(four_runs)) == 4


@pytest.mark.slow
def test_a_file_that_cannot_be_deleted_is_reported_and_the_rest_is_deleted(four_runs: Path) -> None:
    unlink = Path.unlink

    def stubborn(path: Path, missing_ok: bool = False) -> None:
        if path.name == f"{id_of(100)}.duckdb":
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, missing_ok)

    with patch.object(Path, "unlink", stubborn):
        result = prune_folder(four_runs, 1)
    assert result.failures == [f"{id_of(100)}.duckdb could not be deleted: Permission denied."]
    assert result.lines()[-1] == "Deleted 2 runs."
    assert run_ids(four_runs) == [id_of(1), id_of(100)]


@pytest.mark.slow
def test_a_run_that_changed_after_the_plan_is_kept(four_runs: Path) -> None:
    plan = prune_module.plan_prune

    def touching(*args: object) -> object:
        pruning_plan = plan(*args)  # type: ignore[arg-type]
        with (four_runs / f"{id_of(200)}.duckdb").open("ab") as stream:
            stream.write(b"x")
        return pruning_plan

    with patch.object(prune_module, "plan_prune", touching):
        result = prune_folder(four_runs, 1)
    assert result.failures == [f"{id_of(200)}.duckdb could not be deleted: it was written in the meantime."]
    assert run_ids(four_runs) == [id_of(1), id_of(200)]


@pytest.mark.slow
def test_two_prunes_at_once_delete_each_run_once(four_runs: Path) -> None:
    results: list[PruneResult] = []
    both = [threading.Thread(target=lambda: results.append(prune_folder(four_runs, 1))) for _ in range(2)]
    for item in both:
        item.start()
    for item in both:
        item.join()
    assert run_ids(four_runs) == [id_of(1)]
    assert sorted(len(item.plan.delete) for item in results) == [0, 3] and not any(item.failures for item in results)


@pytest.mark.slow
def test_a_process_that_reads_a_run_keeps_its_file(four_runs: Path) -> None:
    with running(READS, four_runs / f"{id_of(200)}.duckdb") as reader:
        assert deleted(four_runs, 1) == {id_of(10), id_of(100), id_of(200)}
        output, _ = reader.communicate("go on\n", timeout=60)
    assert output == "2\n"


def iamsql(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["runs", "prune", *map(str, args)])


@pytest.mark.slow
def test_the_command_deletes_with_yes(four_runs: Path) -> None:
    preview = iamsql("--runs", four_runs, "--keep", 1, "--older-than", "1d", "-o", "csv")
    assert preview.exit_code == 0 and len(run_ids(four_runs)) == 4
    assert [line.split(",")[0] for line in preview.stdout.splitlines()] == ["run", id_of(10), id_of(100), id_of(200)]
    assert "would be deleted. To delete: add --yes" in preview.stderr
    result = iamsql("--runs", four_runs, "--keep", 1, "--yes")
    assert (result.exit_code, run_ids(four_runs)) == (0, [id_of(1)]) and "Deleted 3 runs." in result.stderr
    with patch("iamsql.runs.prune._remove", side_effect=OSError(13, "Permission denied")):
        add_run(four_runs, 10)
        failed = iamsql("--runs", four_runs, "--keep", 1, "--yes")
    assert failed.exit_code == 2 and f"{id_of(10)}.duckdb could not be deleted: Permission denied." in failed.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "Specify what to keep: --keep N, --older-than AGE, or both"),
        (("--older-than", "soon"), "--older-than: 'soon' is not an age"),
        (("--keep", "-1"), "-1 is not in the range"),
    ],
)
def test_the_command_needs_a_limit(four_runs: Path, args: tuple[str, ...], message: str) -> None:
    refused = iamsql("--runs", four_runs, "--yes", *args)
    assert refused.exit_code == 2 and message in refused.stderr and len(run_ids(four_runs)) == 4


def test_a_missing_folder_is_not_created(tmp_path: Path) -> None:
    assert iamsql("--runs", tmp_path / "none", "--keep", 1, "--yes").exit_code == 0
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_shards_do_not_count_as_runs(tmp_path: Path) -> None:
    merged, earlier = add_run(tmp_path, 2), add_run(tmp_path, 9)
    shards = {add_run(tmp_path, days, run_id=id_of(days, "o-1-shard-1-of-2")).stem for days in (1, 3, 8)}
    assert deleted(tmp_path, keep=2) == set()
    assert deleted(tmp_path, keep=1) == {earlier.stem, id_of(3, "o-1-shard-1-of-2"), id_of(8, "o-1-shard-1-of-2")}
    assert merged.exists() and len(shards) == 3
