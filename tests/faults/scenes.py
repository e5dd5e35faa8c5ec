"""Where each call is made: small syncs, each made once undisturbed, so that a disturbed one can be held against it."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from iamsql.aws.sessions import SessionFactory
from iamsql.model import Call
from iamsql.schema.registry import all_calls, all_tables
from iamsql.sync import Source
from tests.conftest import DAY
from tests.fake_aws import CREDENTIALS, FakeAws, Faults
from tests.faults.unhurried import unhurried
from tests.sync.rooms import DATA, GREEN, MANAGEMENT, NETWORK, PAYMENTS, SHARED, TOOLS, TRIAL, WEB, Ran, ask, ran

REPORT = ("GenerateCredentialReport", "GetCredentialReport")
ENTRY = Call("sts", "AssumeRole")
MADE = Call("iam", "GenerateCredentialReport")
Key = tuple[str, str]  # service and operation
SIGNED = {"sso": "sso-admin", "access-analyzer": "accessanalyzer"}


def key(call: Call) -> Key:
    """Name a call as coverage does."""
    return call.service, call.operation


@cache
def tables() -> tuple[str, ...]:
    """Name every table but that of actions, which no call of AWS fills and which is large."""
    return tuple(name for name in all_tables() if name != "aws_iam_action")


@dataclass(frozen=True)
class Scene:
    """A sync of a few accounts of the demo organization, without look-ups unless it is about them; `deny` is part of it."""

    accounts: tuple[str, ...]
    regions: tuple[str, ...] = ()
    deny: tuple[tuple[str, str], ...] = ()
    events: tuple[str, ...] = ("none",)
    page_size: int = 0

    def run(self, runs: Path, **faults: Any) -> Ran:
        """Make the sync, in a room with more faults than the scene's own."""
        denied = (*self.deny, *faults.pop("deny", ()))
        room = FakeAws(DAY, faults=Faults(deny=denied, page_size=self.page_size, **faults))
        options = {"accounts": self.accounts, "regions": self.regions, "events": self.events, "tables": tables()}
        with unhurried(room), patch("iamsql.sync.open_source", lambda *_: shared_source(room)):
            return ran(runs, room=room, **options)


@dataclass
class Seen:
    """What a run file holds: coverage by account, region and call; raw rows by account and call, without their times."""

    coverage: dict[tuple[str, str, Key], tuple[str, str | None, int]] = field(default_factory=dict)
    raw: dict[tuple[str, Key], Counter[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(Counter))
    accounts: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    made: frozenset[tuple[str, Key]] = frozenset()  # by whose credentials, and what


class _Stage:
    """One session factory for all rooms, because a client of botocore costs more than a small sync."""

    room: Any = None
    sessions: SessionFactory | None = None


def shared_source(room: FakeAws) -> Source:
    """Give the source of a room, with the shared session factory."""
    _Stage.room = room
    if _Stage.sessions is None:
        _Stage.sessions = SessionFactory(
            send=lambda *a, **more: _Stage.room.answer(*a, **more), credentials=tuple(CREDENTIALS.values())
        )
    return Source(_Stage.sessions, room.now)


def seen(run: Ran) -> Seen:
    """Read a run file."""
    found = Seen()
    sql = "select account_id, region, service, operation, status, error_code, items from iamsql.coverage where service <> 's3'"
    for account, region, service, operation, *rest in run.rows(sql):
        assert (account, region, (service, operation)) not in found.coverage, "one row a call"
        found.coverage[account, region, (service, operation)] = tuple(rest)
    unions = " union all ".join(
        f"select '{raw}' as raw, account_id, region, bound::varchar, item::varchar from raw.{raw}" for raw in _raws()
    )
    for raw, account, *row in ask(run.path, unions):
        found.raw[account, _raws()[raw]][(raw, *row)] += 1
    sql = "select account_id, outcome, state, ou_path, selected, role_used from iamsql.accounts"
    found.accounts = {account: tuple(rest) for account, *rest in run.rows(sql)}
    found.made = frozenset(
        (one.account_id, (SIGNED.get(one.service, one.service), one.operation))
        for one in run.room.calls
        if one.outcome == "ok"
    )
    return found


@cache
def _raws() -> dict[str, Key]:
    return {call.raw: key(call) for call in all_calls() if call.service not in ("s3", "catalogue")}


@cache
def undisturbed(scene: Scene) -> Seen:
    """Make a scene's sync without faults, once."""
    with tempfile.TemporaryDirectory() as runs:
        return seen(scene.run(Path(runs)))


IN_BULK = tuple(("*", name) for name in ("GetAccountAuthorizationDetails", *REPORT))
PLACES = (TOOLS, PAYMENTS, MANAGEMENT, TRIAL, DATA, WEB, SHARED, NETWORK, GREEN)
SCENES = (
    *(Scene((account,)) for account in PLACES),
    *(Scene((account,), deny=IN_BULK) for account in PLACES[:4]),
    *(Scene((account,), regions=("eu-west-1",)) for account in PLACES),
    *(Scene((account,), regions=(region,)) for account in PLACES for region in ("us-west-2", "eu-central-1")),
    Scene((PAYMENTS,), events=("ConsoleLogin", "CreateUser", "AssumeRole")),
)


def scene_of(call: Call) -> tuple[Scene, str]:
    """Find the first scene in which a call is made, and by which account."""
    if call == ENTRY:
        return Scene((MANAGEMENT, PAYMENTS)), PAYMENTS
    if call.org and not call.parent:  # what the organization hangs on is asked before any account is known
        return Scene((MANAGEMENT,)), MANAGEMENT
    for scene in SCENES:
        for account in scene.accounts if not call.org else (MANAGEMENT,):
            if (account, key(call)) in undisturbed(scene).made:
                return scene, account
    raise AssertionError(f"no scene makes {call.service}:{call.operation}: its faults cannot be tried")


@cache
def targets() -> dict[str, Call]:
    """Map service:operation to a call of the plan, as the tables declare it, and what is asked beside it."""
    declared = [call for call in all_calls() if call.service not in ("s3", "catalogue")]
    found: dict[str, Call] = {}
    for call in (*declared, ENTRY, MADE):
        found.setdefault(f"{call.service}:{call.operation}", call)
    return found
