"""--lake of query, check, diff and report, and `lake add`: options, exit codes and messages."""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from tests.lake.small_runs import sample_lake

CONFIG = 'runs = "elsewhere"\n[organization.prod]\nprofile = "prod"\n'


def iamsql(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, args)])


@pytest.fixture(scope="module")
def lake(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake with the run of the sample organization."""
    folder = tmp_path_factory.mktemp("reading") / "lake"
    added = iamsql("lake", "add", "--lake", folder, "--runs", demo_run.parent, "-o", "csv")
    assert added.exit_code == 0
    assert added.stderr == f"Adding run {demo_run.stem}\n"
    (row,) = csv.DictReader(added.stdout.splitlines())
    assert (row["run"], row["organization"]) == (demo_run.stem, "o-demo123456")
    assert int(row["new_events"]) > int(row["event_files"]) > 0
    return folder


@pytest.mark.slow
def test_a_run_is_added_once(lake: Path, demo_run: Path) -> None:
    again = iamsql("lake", "add", "--lake", lake, demo_run, "-o", "csv")
    assert (again.exit_code, again.stderr) == (0, f"The lake {lake} has the run {demo_run.stem} already.\n")
    both = iamsql("lake", "add", "--lake", lake, "latest", "--all")
    assert both.exit_code == 2 and "Give the runs or --all, not both." in both.stderr


def test_query(demo_run: Path) -> None:
    places = (("--lake", sample_lake().name), ("--run", demo_run))
    actual, expected = (iamsql("query", "stale_keys", "-o", "csv", *where) for where in places)
    assert (actual.exit_code, actual.stdout, actual.stderr) == (0, expected.stdout, expected.stderr)


@pytest.mark.slow
def test_explain_shows_what_is_read(lake: Path) -> None:
    explained = iamsql("query", "select count(*) from aws_cloudtrail_log", "--lake", lake, "--days", "5", "--explain")
    assert explained.exit_code == 0
    assert "aws_cloudtrail_event" in explained.stdout
    lines = explained.stderr.splitlines()
    assert any(line.startswith("Reads ") and line.endswith(" KB.") for line in lines)
    assert any(line.startswith("  events: ") and "days from 2026-02-" in line for line in lines)
    keys = iamsql("query", "stale_keys", "--lake", lake, "--explain").stderr
    assert "  aws_iam_access_key: 1 file, " in keys and "events:" not in keys


@pytest.mark.slow
def test_max_bytes(lake: Path) -> None:
    refused = iamsql("query", "from aws_cloudtrail_event", "--lake", lake, "--max-bytes", "10KB")
    assert refused.exit_code == 2
    assert "more than --max-bytes 10 KB." in refused.stderr
    assert iamsql("query", "stale_keys", "--lake", lake, "--max-bytes", "1GB").exit_code == 0
    wrong = iamsql("query", "stale_keys", "--lake", lake, "--max-bytes", "much")
    assert wrong.exit_code == 2 and "--max-bytes takes a size such as 500MB or 20GB, not 'much'." in wrong.stderr


@pytest.mark.slow
def test_check_and_diff(lake: Path, demo_run: Path) -> None:
    actual, expected = (
        iamsql("check", "root_access_keys", "-o", "csv", *where) for where in (("--lake", lake), ("--run", demo_run))
    )
    assert (actual.exit_code, actual.stdout, actual.stderr) == (expected.exit_code, expected.stdout, expected.stderr)
    compared = iamsql("diff", demo_run.stem, demo_run.stem, "--lake", lake)
    assert compared.exit_code == 0 and "No change" in compared.stderr
    alone = iamsql("diff", "--lake", lake)
    assert alone.exit_code == 2 and f"{lake} has only one run, {demo_run.stem}." in alone.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["diff", "--at", "2026-03-02"], "--at requires --lake."),
        (["query", "stale_keys", "--at", "2026-03-02", "--run", "previous"], "Use --at or --run, not both."),
        (["query", "stale_keys", "--days", "1"], "--days requires --lake."),
        (["report", "r.html", "--max-bytes", "1MB"], "--max-bytes requires --lake."),
        (["query", "stale_keys", "--lake", "{lake}", "--runs", "."], "Use --lake or --runs, not both."),
        (["query", "stale_keys", "--lake", "{lake}", "--organization", "o-x"], "has no runs of o-x."),
        (
            ["query", "stale_keys", "--lake", "{lake}", "--at", "2020-01-01"],
            "No run of the lake started before 2020-01-01",
        ),
        (["query", "stale_keys", "--lake", "{lake}/none"], "Add a run with: iamsql lake add --lake"),
        (["query", "stale_keys", "--lake", "gs://bucket"], "A lake is a folder or s3://BUCKET/PREFIX"),
    ],
)
def test_invalid_options(lake: Path, args: list[str], message: str) -> None:
    refused = iamsql(*(arg.format(lake=lake) for arg in args))
    assert refused.exit_code == 2
    assert message in refused.stderr


@pytest.mark.slow
def test_an_organization_of_the_lake_is_not_one_of_the_file(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iamsql.toml").write_text(CONFIG)
    for order in (
        ("--lake", lake, "--organization", "o-demo123456"),
        ("--organization", "o-demo123456", "--lake", lake),
    ):
        result = iamsql("query", "select 1 as x", *order)
        assert result.exit_code == 0, result.stderr


@pytest.mark.slow
def test_report(lake: Path, demo_run: Path, tmp_path: Path) -> None:
    for where in (("--lake", lake), ("--run", demo_run, "--runs", demo_run.parent)):
        result = iamsql("report", tmp_path / f"{len(where)}.html", *where)
        assert result.exit_code == 0, result.stderr
    of_lake, of_file = ((tmp_path / name).read_text("utf-8") for name in ("2.html", "4.html"))
    # The file of a run of a lake is temporary, so its digest would verify nothing.
    digest = f'<dt>SHA-256 of the run</dt><dd class="digest">{sha256(demo_run.read_bytes()).hexdigest()}</dd>\n'
    assert digest in of_file and of_lake == of_file.replace(digest, "")
