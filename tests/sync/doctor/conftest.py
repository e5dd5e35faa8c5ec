"""A doctor that asks the fake AWS over HTTP, in an environment without other settings of AWS."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from iamsql.aws.rates.quotas import UNLIMITED_QUOTA
from iamsql.sync import Options
from iamsql.sync.doctor.checks import diagnose
from iamsql.sync.doctor.model import DoctorOptions, Report, Row
from tests.fake_aws import FakeAws
from tests.fake_aws.faults import Faults
from tests.fake_aws.over_http import Served, serving

Diagnose = Callable[..., Report]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Remove every setting of AWS, proxies and iamsql, and work in an empty folder, which is returned."""
    names = ("AWS_", "IAMSQL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE")
    for name in [name for name in os.environ if name.upper().startswith(names)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Served]]:
    """Return a function that serves a fake AWS with faults, or of the given size, and leads this process to it."""
    monkeypatch.setattr("iamsql.aws.rates.registry.find_quota", lambda *_: UNLIMITED_QUOTA)
    with ExitStack() as servers:

        def start(faults: dict[str, Any] | None = None, **size: Any) -> Served:
            served = servers.enter_context(serving(FakeAws(faults=Faults(**(faults or {})), **size)))
            for name, value in served.environment.items():
                monkeypatch.setenv(name, value)
            return served

        yield start


def options(
    runs: Path, *, sample: int = 3, all_accounts: bool = False, offline: bool = False, **sync_options: Any
) -> DoctorOptions:
    """Return options for the runs folder; `sync_options` are options of the sync."""
    return DoctorOptions(Options(runs=runs, **sync_options), sample, all_accounts, offline=offline)


@pytest.fixture
def examine(serve: Callable[..., Served], tmp_path: Path) -> Diagnose:
    """Return a function that serves a fake AWS with faults and returns the report on it."""

    def run(faults: dict[str, Any] | None = None, **sync_options: Any) -> Report:
        serve(faults)
        return diagnose(options(tmp_path / "runs", **sync_options))

    return run


def rows(report: Report, check: str, status: str = "") -> list[Row]:
    """Return the rows of a check, with a status if one is given."""
    return [row for row in report.rows if row.check == check and status in ("", row.status)]


def statuses(report: Report) -> set[tuple[str, str]]:
    """Return the checks that are not ok, with their statuses."""
    return {(row.check, row.status) for row in report.rows if row.status != "ok"}
