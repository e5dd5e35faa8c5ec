"""Runs are kept in S3 and restored from it, over HTTP by moto."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from iamsql.automation.pipeline import CheckRequest, PipelineRequest, run_pipeline
from iamsql.automation.pipeline.archive import Archive, open_archive, parse_archive
from iamsql.aws.delivery import Clients
from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs.checksums import read_digests
from iamsql.runs.verify import verify
from iamsql.sync import Options
from iamsql.sync.options import Progress
from tests.automation.notify.emulators import Emulator, moto
from tests.conftest import DAY, sample_run
from tests.fake_aws import FakeAws

BUCKET, LOCATION = "acme-audit", "s3://acme-audit/weekly"
LATER = "20990309T120000Z-o-demo123456"


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with moto() as running:
        yield running


@pytest.fixture
def archive(server: Emulator) -> Archive:
    """Return an archive in an empty bucket."""
    s3 = server.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        for item in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", ()):
            s3.delete_object(Bucket=bucket["Name"], Key=item["Key"])
        s3.delete_bucket(Bucket=bucket["Name"])
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return open_archive(LOCATION, Clients())


def keys(server: Emulator) -> set[str]:
    """Return the keys of the bucket."""
    return {item["Key"] for item in server.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", ())}


def uploaded(folder: Path, archive: Archive) -> Path:
    """Upload the sample run with its state and two files, and return the run."""
    folder.mkdir()
    run = folder / sample_run().name
    run.write_bytes(sample_run().read_bytes())
    (folder / ".notify.json").write_text('{"format": 1}')
    report, results = folder / "report.html", folder / "results.csv"
    report.write_text("<!doctype html>")
    results.write_text("a,b\r\n")
    assert archive.upload(run, [report, results]) == "Uploaded the run and 2 files to s3://acme-audit/weekly/."
    return run


@pytest.mark.slow
def test_a_run_is_restored_on_an_empty_machine_and_verifies(tmp_path: Path, archive: Archive, server: Emulator) -> None:
    run = uploaded(tmp_path / "first", archive)
    folder = f"weekly/reports/{run.stem}"
    state = {"weekly/state/.notify.json", f"{folder}/report.html", f"{folder}/results.csv"}
    assert keys(server) == {f"weekly/runs/{run.name}", *state}

    second = tmp_path / "second"
    assert archive.restore(second, 3) == "Restored 1 run of 1 from s3://acme-audit/weekly/."
    assert (second / run.name).read_bytes() == run.read_bytes()
    assert json.loads((second / ".notify.json").read_text()) == {"format": 1}
    assert {stat.S_IMODE((second / name).stat().st_mode) for name in (run.name, ".notify.json")} == {0o600}
    assert set(read_digests(second)) == {run.name}
    result, intact = verify(second, (), "", None)
    assert intact and len(result.rows) == 1
    assert archive.restore(second, 3) == "Restored 0 runs of 1 from s3://acme-audit/weekly/."


@pytest.mark.slow
def test_only_the_newest_runs_are_restored_and_other_objects_are_ignored(
    tmp_path: Path, archive: Archive, server: Emulator
) -> None:
    run = uploaded(tmp_path / "first", archive)
    later = run.rename(run.with_name(f"{LATER}.duckdb"))
    archive.upload(later, [])
    s3 = server.client("s3")
    for name in ("../../evil.duckdb", "notes.txt", "29990101T000000Z-x/../../y.duckdb"):
        s3.put_object(Bucket=BUCKET, Key=f"weekly/runs/{name}", Body=b"x")
    assert archive.restore(tmp_path / "second", 1) == "Restored 1 run of 1 from s3://acme-audit/weekly/."
    assert {path.name for path in (tmp_path / "second").glob("*.duckdb")} == {later.name}
    assert not (tmp_path / "evil.duckdb").exists()


@pytest.mark.slow
def test_a_run_that_was_changed_in_the_bucket_is_refused(tmp_path: Path, archive: Archive, server: Emulator) -> None:
    run = uploaded(tmp_path / "first", archive)
    s3, key = server.client("s3"), f"weekly/runs/{run.name}"
    metadata = s3.head_object(Bucket=BUCKET, Key=key)["Metadata"]
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"another", Metadata=metadata)
    with pytest.raises(IamsqlError, match="was changed after its upload"):
        archive.restore(tmp_path / "second", 3)
    assert list((tmp_path / "second").glob("*.duckdb*")) == []


@pytest.mark.slow
def test_a_missing_bucket_is_an_error_with_the_permissions(tmp_path: Path, archive: Archive) -> None:
    other = Archive(archive.clients, "no-such-bucket", "")
    with pytest.raises(IamsqlError, match=r"NoSuchBucket.*\n.*s3:ListBucket, s3:GetObject and s3:PutObject"):
        other.restore(tmp_path / "runs", 3)
    with pytest.raises(IamsqlError, match="NoSuchBucket"):
        uploaded(tmp_path / "first", other)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("s3://acme-audit", ("acme-audit", "")),
        ("s3://acme-audit/", ("acme-audit", "")),
        ("s3://acme-audit/a/b/", ("acme-audit", "a/b/")),
    ],
)
def test_a_location_is_a_bucket_and_a_prefix(text: str, parsed: tuple[str, str]) -> None:
    assert parse_archive(text) == parsed


@pytest.mark.parametrize("text", ["", "acme-audit", "s3://", "s3://Acme", "https://acme", "s3://acme-audit/a\nb"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(IamsqlError, match=r"--archive: .* is not the name of a bucket and a prefix"):
        parse_archive(text)


# -- shards ----------------------------------------------------------------------------------------------------------------


def test_shards_are_restored_by_their_time_and_are_not_runs(tmp_path: Path, archive: Archive, server: Emulator) -> None:
    name = "20260302T120000Z-o-demo123456-shard-{}-of-2.duckdb"
    (tmp_path / "first").mkdir(mode=0o700)
    for other in (name.format(1), name.format(2), name.format(1).replace("T12", "T13"), "x-shard-1-of-2.duckdb"):
        shard = tmp_path / "first" / other
        shard.write_bytes(other.encode())
        assert archive.upload_shard(shard) == "Uploaded the shard to s3://acme-audit/weekly/."
    second = tmp_path / "second"
    assert archive.restore(second, 3) == "Restored 0 runs of 0 from s3://acme-audit/weekly/."
    names = [name.format(1), name.format(2)]
    assert archive.restore_shards(second, "2026-03-02T12:00:00Z", 2) == names
    assert {path.name for path in second.glob("*.duckdb")} == {*names} == set(read_digests(second))
    assert archive.restore_shards(second, "2026-03-02T12:00:00Z", 2) == names
    with pytest.raises(IamsqlError, match="has no shard 2026-03-02T12:00:00Z"):
        archive.restore_shards(second, "2026-03-02T12:00:00Z", 3)


@pytest.mark.slow
def test_machines_read_shards_into_the_archive_and_another_merges_them(
    tmp_path: Path, archive: Archive, server: Emulator
) -> None:
    sync = Options(runs=tmp_path, demo=True, as_of=f"{DAY}T12:00:00Z", tables=("aws_iam_user", "aws_account"))
    pipeline_request = PipelineRequest(sync, CheckRequest(("root_mfa",), "none"), archive=LOCATION)
    for number in (1, 2):
        machine = replace(sync, runs=tmp_path / str(number), shard=f"{number}/2")
        read = run_pipeline(replace(pipeline_request, sync=machine), Progress(), FakeAws(DAY))
        assert [step.name for step in read.steps if step.status == "ok"] == ["restore", "sync", "archive"]
    merging = replace(pipeline_request, sync=replace(sync, runs=tmp_path / "3"), merge_shards=2)
    merged = run_pipeline(merging, Progress(), FakeAws(DAY))
    assert [step.name for step in merged.steps if step.status == "failed"] == []
    assert merged.run["run_id"] == f"{DAY:%Y%m%d}T120000Z-o-demo123456" and "not_reached" not in merged.run["accounts"]
    shards = {f"weekly/run-shards/{DAY:%Y%m%d}T120000Z-o-demo123456-shard-{number}-of-2.duckdb" for number in (1, 2)}
    assert keys(server) == {*shards, f"weekly/runs/{merged.run['run_id']}.duckdb"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--merge-shards", "8", "--archive", LOCATION], "needs the time of the shards: -- --as-of TIME"),
        (["--", "--shard", "1/8"], "--shard needs --as-of TIME"),
        (["--merge-shards", "0"], "0 is not in the range"),
    ],
)
def test_options_of_shards_that_lack_a_time_are_refused(tmp_path: Path, arguments: list[str], reason: str) -> None:
    refused = CliRunner().invoke(main, ["run", "--runs", str(tmp_path), *arguments])
    assert refused.exit_code == 2 and reason in refused.stderr
