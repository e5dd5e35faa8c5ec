"""Files of a sync: finished runs and unfinished ones by name, private, and never incomplete under a final name."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest

from iamsql.model import IamsqlError
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.sync.syncs import PAYMENTS, query, run_sync
from tests.tiers import slow_after

ROOT = Path(__file__).parents[2]
FEW: dict[str, Any] = {"tables": ("aws_account",), "accounts": (PAYMENTS,)}


@pytest.mark.slow
def test_a_new_folder_is_private(tmp_path: Path) -> None:
    run = run_sync(tmp_path / "some" / "runs", **FEW)
    assert stat.S_IMODE((tmp_path / "some" / "runs").stat().st_mode) == 0o700
    assert stat.S_IMODE(run.path.stat().st_mode) == 0o600
    assert run.path.parent == tmp_path / "some" / "runs"


@pytest.mark.slow
def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    run_sync(tmp_path, **FEW)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.slow
def test_two_runs_in_the_same_second_are_two_files(tmp_path: Path) -> None:
    with patch("iamsql.sync.create_file.datetime") as clock:
        clock.now.return_value = FakeAws(DAY).now
        paths = {run_sync(tmp_path, **FEW).path for _ in range(3)}
    assert len(paths) == 3
    assert sorted(tmp_path.glob("*.duckdb*")) == sorted(paths)


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IamsqlError, match=r"Cannot write the runs folder .*\n.*--runs"):
        run_sync(tmp_path / "file" / "runs", **FEW)


@pytest.mark.slow
def test_a_folder_name_may_have_a_quote(tmp_path: Path) -> None:
    assert run_sync(tmp_path / "it's", **FEW).path.is_file()


def aws_with_callback(number: int, stop: Callable[[], None]) -> FakeAws:
    """Return a fake AWS that calls a function at a call."""
    aws = FakeAws(DAY)
    plain, request_count = aws.answer, [0]

    def answer(request: Any, **options: Any) -> Any:
        request_count[0] += 1
        if request_count[0] == number:
            stop()
        return plain(request, **options)

    aws.answer = answer  # type: ignore[method-assign]
    return aws


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("number", slow_after(1, [1, 45, 90]))
def test_an_interrupted_sync_keeps_earlier_runs_and_names_the_partial_file(tmp_path: Path, number: int) -> None:
    earlier = run_sync(tmp_path, **FEW).path
    before = earlier.read_bytes()
    with pytest.raises(KeyboardInterrupt) as caught:
        run_sync(tmp_path, aws=aws_with_callback(number, interrupt))
    assert earlier.read_bytes() == before
    remaining = [path for path in tmp_path.glob("*.duckdb*") if path != earlier]
    if number == 1:
        assert remaining == [] and "nothing was written" in str(caught.value)
        return
    [partial] = remaining
    assert partial.name.endswith(".duckdb.partial")
    assert str(partial) in str(caught.value) and "earlier runs are unchanged" in str(caught.value)
    assert stat.S_IMODE(partial.stat().st_mode) == 0o600
    with duckdb.connect(str(partial), read_only=True) as con:
        assert con.execute("select count(*) > 0 from raw.organizations_list_accounts").fetchone() == (True,)


SLOW = """
import sys
from tests.fake_aws import FakeAws, Faults
import iamsql.sync
aws = FakeAws(faults=Faults(latency=0.05))
plain = iamsql.sync.open_source
iamsql.sync.open_source = lambda options, _=None: plain(options, aws)
from iamsql.cli import main
main(sys.argv[1:])
"""


@pytest.mark.slow
def test_ctrl_c_exits_with_130(tmp_path: Path) -> None:
    begun = [sys.executable, "-c", SLOW, "sync", "--demo", "--runs", str(tmp_path)]
    process = subprocess.Popen(begun, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    while not list(tmp_path.glob("*.partial")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=30)
    assert process.returncode == 130, messages
    [partial] = tmp_path.glob("*.duckdb*")
    assert str(partial) in messages.replace("\n", "")
    assert "Traceback" not in messages


@pytest.mark.slow
@pytest.mark.parametrize("size_limit", [4096, 200_000, 900_000, 1_500_000])
def test_a_full_disk_is_an_error_without_a_finished_run(tmp_path: Path, size_limit: int) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_limit, size_limit))

    command = [sys.executable, "-m", "iamsql", "sync", "--demo", "--runs", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, preexec_fn=limit, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert "--runs DIR" in result.stderr
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".duckdb")]


@pytest.mark.slow
def test_an_error_at_the_end_leaves_no_finished_run(tmp_path: Path) -> None:
    with patch("iamsql.runs.file.build._run_status", side_effect=RuntimeError), pytest.raises(RuntimeError):
        sync(Options(tmp_path, demo=True, **FEW), Progress(), FakeAws(DAY))
    assert [path.name.endswith(".partial") for path in tmp_path.glob("*.duckdb*")] == [True]


@pytest.mark.slow
def test_the_sample_organization_needs_no_aws_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "there-is-none")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert run_sync(tmp_path, **FEW).rows("select outcome from iamsql.accounts where selected") == [("complete",)]


@pytest.mark.slow
def test_the_run_file_contains_no_secret(demo_run: Path, demo_aws: FakeAws) -> None:
    content = demo_run.read_bytes()
    names = query(demo_run, "select table_name from duckdb_tables() where schema_name = 'raw'")
    raw = "".join(query(demo_run, f"select string_agg(item) from raw.{name}")[0][0] or "" for (name,) in names)
    handed_out = list(demo_aws.authenticator.callers)
    assert len(handed_out) > 10
    for key in handed_out:
        for secret in (f"token-{key}", "not-a-secret", "not-a-token", key):
            assert secret.encode() not in content
            assert secret not in raw
    assert "SecretAccessKey" not in raw
