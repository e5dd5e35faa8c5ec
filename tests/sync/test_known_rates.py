"""The rates that a run found: their rows in its file, and what the next sync reads of them, including from files of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.aws.rates.quotas import KnownRate
from iamsql.runs.store.stored_tables import StoredTables
from iamsql.sync.known_rates import known_rates
from tests.fake_aws import FakeAws, Faults
from tests.minimal_run import make_run
from tests.sync.syncs import DAY, MANAGEMENT, PAYMENTS, run_sync

OWNER = "o-1"
FOUND = "('111111111111', 'us-east-1', 'iam', 15.2, 30.1, 131, 4, '2026-03-01 10:00:05+00')"
REACHED = "('111111111111', 'us-east-1', 'sts', 44.0, 8.0, 8, 0, null)"
INSERT = f"insert into iamsql.rate_limits values {FOUND}, {REACHED}"
RATES = [
    KnownRate("111111111111", "us-east-1", "iam", 15.2, 30.1, 131, 4, "2026-03-01 10:00:05+00"),
    KnownRate("111111111111", "us-east-1", "sts", 44.0, 8.0, 8, 0, None),
]


def add_run(folder: Path, *statements: str, name: str = "20260301T100000Z-o-1.duckdb") -> Path:
    return make_run(folder / name, statements=statements)


def read_rates(folder: Path, owner: str = OWNER, demo: bool = False) -> list[KnownRate]:
    with StoredTables(folder) as files:
        return known_rates(files, owner, demo)


@pytest.mark.slow
def test_the_rates_of_the_newest_run_of_the_organization_are_read(tmp_path: Path) -> None:
    add_run(tmp_path, INSERT)
    add_run(tmp_path, INSERT.replace("15.2", "99"), name="20260201T100000Z-o-1.duckdb")
    add_run(tmp_path, INSERT.replace("15.2", "99"), name="20260401T100000Z-o-2.duckdb")
    assert read_rates(tmp_path) == RATES


def test_a_partial_run_and_an_older_run_are_read_too(tmp_path: Path) -> None:
    add_run(tmp_path, INSERT, name="20260301T100000Z-o-1.duckdb.partial")
    add_run(tmp_path, name="20260302T100000Z-o-1.duckdb")  # has no rates
    assert read_rates(tmp_path) == RATES


@pytest.mark.parametrize(
    "statements",
    [
        ["drop table iamsql.rate_limits"],
        ["alter table iamsql.rate_limits drop column burst"],
        ["alter table iamsql.rate_limits alter rate type varchar", "update iamsql.rate_limits set rate = 'fast'"],
        ["drop table iamsql.rate_limits", "create view iamsql.rate_limits as from read_csv('/etc/passwd')"],
        ["update iamsql.rate_limits set rate = null"],
    ],
)
def test_a_table_of_another_shape_is_not_read(tmp_path: Path, statements: list[str]) -> None:
    add_run(tmp_path, INSERT, *statements)
    assert read_rates(tmp_path) == []


def test_files_that_cannot_be_read_are_skipped(tmp_path: Path) -> None:
    add_run(tmp_path, INSERT)
    (tmp_path / "20260302T100000Z-o-1.duckdb").write_bytes(b"not a database")
    assert read_rates(tmp_path) == RATES
    assert read_rates(tmp_path / "missing") == []


@pytest.mark.slow
def test_the_sample_organization_has_no_rates(tmp_path: Path) -> None:
    add_run(tmp_path, INSERT)
    assert read_rates(tmp_path, demo=True) == []
    run = run_sync(tmp_path / "demo", accounts=(PAYMENTS,), events=("none",))
    assert run.rows("select count(*) from iamsql.rate_limits") == [(0,)]


@pytest.mark.slow
def test_a_sync_writes_what_it_found(tmp_path: Path) -> None:
    aws = FakeAws(DAY, faults=Faults(limits={"cloudtrail:LookupEvents": (2, 2)}))
    run = run_sync(
        tmp_path, aws=aws, demo=False, accounts=(PAYMENTS,), events=("ConsoleLogin", "CreateUser", "DeleteUser")
    )
    owner = run.path.stem.partition("-")[2]
    rates_read = read_rates(tmp_path, owner)
    rates = {(rate.account_id, rate.quota): rate for rate in rates_read if rate.region == "us-east-1"}
    assert {(MANAGEMENT, "organizations"), (PAYMENTS, "iam"), (PAYMENTS, "cloudtrail:LookupEvents")} <= rates.keys()
    sql = "select sum(requests) from iamsql.coverage where account_id = ? and service = 'iam'"
    assert run.rows(sql, PAYMENTS) == [(rates[PAYMENTS, "iam"].requests,)]
    lookups = rates[PAYMENTS, "cloudtrail:LookupEvents"]
    assert (lookups.rate, lookups.burst) == (2, 2)
    throttles = sum(rate.throttles for rate in rates_read)
    assert run.rows("select sum(throttles) from iamsql.coverage") == [(throttles,)]


@pytest.mark.slow
def test_the_next_sync_does_not_probe_a_documented_quota_again(tmp_path: Path) -> None:
    options = {"demo": False, "accounts": (PAYMENTS,), "events": ("ConsoleLogin", "CreateUser", "DeleteUser")}
    counts = []
    for _ in range(2):
        aws = FakeAws(DAY, faults=Faults(limits={"cloudtrail:LookupEvents": (2, 2)}))
        run = run_sync(tmp_path, aws=aws, no_reuse=True, **options)
        counts.append(
            run.rows("select sum(throttles)::int from iamsql.coverage where operation = 'LookupEvents'")[0][0]
        )
        throttled_at = {rate.quota: rate.throttled_at for rate in read_rates(tmp_path, run.path.stem.partition("-")[2])}
        assert throttled_at["cloudtrail:LookupEvents"]
    assert counts[0] > 0 and counts[1] == 0
