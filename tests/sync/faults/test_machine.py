"""Faults of the machine: a full disk, a read-only folder, few file descriptors, a failed rename; and a thousand accounts."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.model import IamsqlError
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.no_sleep import no_sleep
from tests.sync.faults.scenarios import TOOLS
from tests.sync.syncs import SyncedRun, query, run_sync

ROOT = Path(__file__).parents[3]
FEW: dict[str, Any] = {"accounts": (TOOLS,), "tables": ("aws_iam_user", "aws_iam_role")}
DONE = "select status from iamsql.run"
USERS = "select name from aws_iam_user order by 1"


def command(runs: Path, limit: Callable[[], None]) -> subprocess.CompletedProcess[str]:
    """Run a small sync of the sample organization as a user does, with a limit of the machine."""
    arguments = ["sync", "--demo", "--runs", str(runs), "--account", TOOLS]
    arguments += ["--table", "aws_iam_user", "--table", "aws_iam_role"]
    full_command = [sys.executable, "-m", "iamsql", *arguments]
    return subprocess.run(full_command, cwd=ROOT, preexec_fn=limit, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def unlimited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run file of a sync without a limit."""
    runs = tmp_path_factory.mktemp("whole")
    result = command(runs, lambda: None)
    assert result.returncode == 0, result.stderr
    [path] = runs.glob("*.duckdb")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.98, *(n / 20 for n in range(20) if n != 10), 0.995])
def test_a_full_disk_is_an_error_and_no_run_is_incomplete(tmp_path: Path, unlimited: Path, share: float) -> None:
    """While items are written, while tables are filled, and at the end."""
    limit = int(unlimited.stat().st_size * share)
    result = command(tmp_path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    remaining = sorted(path.name for path in tmp_path.iterdir() if path.name.endswith(".duckdb"))
    assert (result.returncode, remaining) == (2, []), result.stderr
    assert "Traceback" not in result.stderr and "--runs DIR" in result.stderr
    for partial in tmp_path.glob("*.partial"):
        if partial.stat().st_size > 16384 * 2:  # earlier runs stay readable, and no file claims to be complete
            status = query(partial, DONE)
            assert status in ([("running",)], [("complete",)], [])
            assert status != [("complete",)] or query(partial, USERS) == query(unlimited, USERS) != []


@pytest.mark.slow
@pytest.mark.parametrize("limit", [12, 40, 5, 8, 16, 20, 24, 80])
def test_few_file_descriptors_are_sufficient_or_an_error(tmp_path: Path, limit: int) -> None:
    result = command(tmp_path, lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
    finished = list(tmp_path.glob("*.duckdb"))
    if result.returncode == 0:
        assert [query(path, DONE) for path in finished] in ([[("complete",)]], [[("incomplete",)]])
    else:
        assert finished == []
        assert limit < 20 or ("Traceback" not in result.stderr and result.returncode == 2), result.stderr


def test_a_read_only_folder_is_an_error(tmp_path: Path) -> None:
    shut = tmp_path / "runs"
    shut.mkdir(mode=0o500)
    folder = shut if os.geteuid() else Path("/sys/kernel")  # a folder where not even the superuser can create a file
    with pytest.raises(IamsqlError, match=rf"(?s){folder}.*Permission denied.*--runs DIR"):
        run_sync(folder, **FEW)
    assert list(shut.iterdir()) == []


@pytest.mark.slow
def test_a_run_that_cannot_be_renamed_stays_a_complete_partial_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise OSError(30, "Read-only file system")
        return plain(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(IamsqlError, match=r"(?s)complete.*\.partial.*Read-only file system.*\n.*\.duckdb"):
        run_sync(tmp_path, **FEW)
    [partial] = tmp_path.glob("*.duckdb.partial")
    assert not list(tmp_path.glob("*.duckdb"))
    with duckdb.connect(str(partial), read_only=True) as con:
        assert con.execute("select status, finished_at is not null from iamsql.run").fetchall() == [("complete", True)]


@pytest.mark.slow
@pytest.mark.parametrize("many", [100, 1000])
def test_a_tenth_of_the_accounts_may_deny_the_role(tmp_path: Path, many: int) -> None:
    """These accounts have a reason; each call of the others succeeds."""
    names = [account.id for account in FakeAws(DAY, accounts=many, users_per_account=2).organization.accounts]
    shut = set(names[1::10][: many // 10])
    faults = Faults(deny=tuple((name, "sts:AssumeRole") for name in shut))
    aws = FakeAws(DAY, accounts=many, users_per_account=2, faults=faults, record=False)
    tables = ("aws_iam_user", "aws_iam_access_key")
    with no_sleep(aws):
        run = SyncedRun(aws, sync(Options(tmp_path, demo=True, tables=tables), Progress(), aws))
    assert run.result.status == "incomplete"
    entered = dict(run.rows("select account_id, outcome from iamsql.accounts"))
    assert entered == {name: "assume_role_failed" if name in shut else "complete" for name in names}
    reasons = run.rows("select distinct reason from iamsql.accounts where outcome = 'assume_role_failed'")
    assert reasons and all("is not authorized to perform: sts:AssumeRole" in reason for (reason,) in reasons)
    skipped = run.rows("select account_id, error_code, remediation from skipped_accounts()")
    assert {account for account, *_ in skipped} == shut and len(skipped) == len(shut)
    assert all(code == "AccessDenied" and "create a role in it" in remediation for _, code, remediation in skipped)
    bad = "select distinct account_id from iamsql.coverage where status not in ('ok', 'skipped', 'not_applicable')"
    assert {account for (account,) in run.rows(bad)} == shut
    counts = run.rows("select account_id, count(*) from aws_iam_user group by 1")
    assert dict(counts) == dict.fromkeys(set(names) - shut, 2)
