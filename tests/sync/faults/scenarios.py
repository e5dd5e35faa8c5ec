"""Small syncs that make each call. Each also runs without faults, to compare the run files."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

from iamsql.aws.sessions import SessionFactory
from iamsql.catalog.settings.option_types import ASYNCIO, BOTOCORE
from iamsql.demo.protocol import MODEL_NAMES
from iamsql.model import Call
from iamsql.sync import Source
from iamsql.sync.organization import ACTION_TABLES
from iamsql.tables.calls.account import RECORDS
from iamsql.tables.registry import all_calls, all_tables
from tests.conftest import DAY
from tests.fake_aws import CREDENTIALS, FakeAws, Faults
from tests.no_sleep import no_sleep
from tests.sync.syncs import (
    DATA,
    GREEN,
    MANAGEMENT,
    NETWORK,
    PAYMENTS,
    SHARED,
    TOOLS,
    TRIAL,
    WEB,
    SyncedRun,
    query,
    run_sync,
)

REPORT = ("GenerateCredentialReport", "GetCredentialReport")
ENTRY = Call("sts", "AssumeRole")
MADE = Call("iam", "GenerateCredentialReport")
Key = tuple[str, str]  # service and operation


def call_key(call: Call) -> Key:
    """Return service and operation, as in coverage."""
    return call.service, call.operation


def is_tried(call: Call) -> bool:
    """Return whether the faults of a call are tried: not for log files, nor for the catalog of actions."""
    return call.service != "catalogue" and call != RECORDS


@cache
def all_but_actions() -> tuple[str, ...]:
    """Return each table except those that need the list of actions, which is large and comes from no call of AWS."""
    return tuple(name for name in all_tables() if name not in ACTION_TABLES)


@dataclass(frozen=True)
class Scenario:
    """A sync of a few accounts of the sample organization, without look-ups unless the scenario is about them."""

    accounts: tuple[str, ...]
    regions: tuple[str, ...] = ()
    deny: tuple[tuple[str, str], ...] = ()
    events: tuple[str, ...] = ("none",)
    page_size: int = 0

    def run(self, runs: Path, transport: str = ASYNCIO, **faults: Any) -> SyncedRun:
        """Run the sync with additional faults."""
        denied = (*self.deny, *faults.pop("deny", ()))
        aws = FakeAws(DAY, faults=Faults(deny=denied, page_size=self.page_size, **faults))
        options = {
            "accounts": self.accounts,
            "regions": self.regions,
            "events": self.events,
            "tables": all_but_actions(),
            "transport": transport,
        }
        with no_sleep(aws), patch("iamsql.sync.open_source", lambda *_: shared_source(aws, transport)):
            return run_sync(runs, aws=aws, **options)


@dataclass
class RunContent:
    """The content of a run file: coverage by account, region and call, and raw items by account and call, without times."""

    coverage: dict[tuple[str, str, Key], tuple[str, str | None, int]] = field(default_factory=dict)
    raw: dict[tuple[str, Key], Counter[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(Counter))
    accounts: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    requested: frozenset[tuple[str, Key]] = frozenset()  # the account of the credentials, and the call


class _Shared:
    """One session factory of each transport for all fake AWSs, because models and clients cost more than a small sync."""

    aws: Any = None
    sessions: ClassVar[dict[str, SessionFactory]] = {}


def shared_source(aws: FakeAws, transport: str = ASYNCIO) -> Source:
    """Return the source of a fake AWS, with the shared session factory."""
    _Shared.aws = aws
    if transport not in _Shared.sessions:
        _Shared.sessions[transport] = SessionFactory(
            send=lambda *a, **options: _Shared.aws.answer(*a, **options),
            credentials=tuple(CREDENTIALS.values()),
            uses_botocore=transport == BOTOCORE,
        )
    return Source(_Shared.sessions[transport], aws.now)


def read_run(run: SyncedRun) -> RunContent:
    """Read a run file."""
    content = RunContent()
    columns = "account_id, region, service, operation, status, error_code, items"
    sql = f"select {columns} from iamsql.coverage where operation not in ('GetObject', 'ListObjectsV2')"
    for account, region, service, operation, *values in run.rows(sql):
        assert (account, region, (service, operation)) not in content.coverage, "one row a call"
        content.coverage[account, region, (service, operation)] = tuple(values)
    unions = " union all ".join(
        f"select '{raw}' as raw, account_id, region, bound::varchar, item::varchar from raw.{raw}" for raw in _raws()
    )
    for raw, account, *row in query(run.path, unions):
        content.raw[account, _raws()[raw]][(raw, *row)] += 1
    sql = "select account_id, outcome, state, ou_path, selected, role_used from iamsql.accounts"
    content.accounts = {account: tuple(values) for account, *values in run.rows(sql)}
    content.requested = frozenset(
        (api_call.account_id, (MODEL_NAMES.get(api_call.service, api_call.service), api_call.operation))
        for api_call in run.aws.calls
        if api_call.outcome == "ok"
    )
    return content


@cache
def _raws() -> dict[str, Key]:
    return {call.raw: call_key(call) for call in all_calls() if is_tried(call)}


@cache
def without_faults(scenario: Scenario) -> RunContent:
    """Run a scenario without faults, once."""
    with tempfile.TemporaryDirectory() as runs:
        return read_run(scenario.run(Path(runs)))


DENY_BULK_CALLS = tuple(("*", name) for name in ("GetAccountAuthorizationDetails", *REPORT))
ACCOUNTS = (TOOLS, PAYMENTS, MANAGEMENT, TRIAL, DATA, WEB, SHARED, NETWORK, GREEN)
SCENARIOS = (
    *(Scenario((account,)) for account in ACCOUNTS),
    *(Scenario((account,), deny=DENY_BULK_CALLS) for account in ACCOUNTS[:4]),
    *(Scenario((account,), regions=("eu-west-1",)) for account in ACCOUNTS),
    *(Scenario((account,), regions=(region,)) for account in ACCOUNTS for region in ("us-west-2", "eu-central-1")),
    Scenario((PAYMENTS,), events=("ConsoleLogin", "CreateUser", "AssumeRole")),
)


def scenario_of(call: Call) -> tuple[Scenario, str]:
    """Return the first scenario that makes a call, and the account of the call."""
    if call == ENTRY:
        return Scenario((MANAGEMENT, PAYMENTS)), PAYMENTS
    if call.org and not call.parent:  # these calls are made before any account is known
        return Scenario((MANAGEMENT,)), MANAGEMENT
    for scenario in SCENARIOS:
        for account in scenario.accounts if not call.org else (MANAGEMENT,):
            if (account, call_key(call)) in without_faults(scenario).requested:
                return scenario, account
    raise AssertionError(f"no scene makes {call.service}:{call.operation}: its faults cannot be tried")


@cache
def calls_by_name() -> dict[str, Call]:
    """Return the calls of all tables, and the calls that a sync makes besides, by service:operation."""
    declared = [call for call in all_calls() if is_tried(call)]
    calls: dict[str, Call] = {}
    for call in (*declared, ENTRY, MADE):
        calls.setdefault(f"{call.service}:{call.operation}", call)
    return calls
