"""The narrowed policy allows each request that was seen and allowed, and nothing that the old policy does not.

The policies and histories are random; the verdicts come from iamsql's evaluator.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from iamsql.api.policies import MANAGED_POLICY_SIZE, narrow, size
from iamsql.api.policies.used_permissions import Permission
from tests.conftest import reading
from tests.tables.permissions.policy_builders import when
from tests.tables.permissions.random_policies import control_policies
from tests.tables.permissions.use_runs import (
    ACCOUNT,
    ACTIONS,
    OBJECTS,
    Row,
    boundary,
    call,
    coverage,
    daily,
    identity,
    make_use_run,
    policy_arn,
    trail,
    user,
)

USERS = 12
RANKS = {"denied": 0, "unknown": 0, "conditional": 1, "allowed": 2}
RESOURCES = ("arn:aws:s3:::acme-data/a", "arn:aws:s3:::other", f"arn:aws:iam::{ACCOUNT}:role/app")
PATTERNS = (
    "*", "s3:*", "s3:Get*", "s3:*Object*", "s3:?utObject", "S3:LISTBUCKET", "iam:*", "iam:List*", "*:List*", "lambda:*", "kms:*",
    "cloudwatch:*", "cloudwatch:Put*", "iam:Pass*", "unknown:Action", *ACTIONS,
)  # fmt: skip
# The event of each action that has one.
EVENTS = {
    "s3:ListBucket": ("s3", "ListObjects"),
    "s3:ListAllMyBuckets": ("s3", "ListBuckets"),
    "lambda:InvokeFunction": ("lambda", "Invoke"),
    "lambda:UpdateFunctionCode": ("lambda", "UpdateFunctionCode20150331v2"),
    "cloudwatch:DescribeAlarms": ("monitoring", "DescribeAlarms"),
    "cloudwatch:PutMetricAlarm": ("monitoring", "PutMetricAlarm"),
}
VERDICTS = """
select e.principal, e.action, e.resource, e.verdict
from iam_evaluation(
    (select list(iam_question(q.action, q.resource)) from (select unnest($actions) as action) as a
     cross join (select unnest($resources) as resource) as r cross join (select a.action, r.resource) as q),
    (select list(iam_subject(p.principal_arn)) from aws_iam_principal as p), true, null
) as e
"""


def event_of(action: str) -> tuple[str, str] | None:
    """Return the source and the name of the events of an action; None if it has none."""
    service, _, name = action.partition(":")
    return EVENTS.get(action, (service, name) if ACTIONS[action][1] else None)


def statement(random: Random) -> dict[str, Any]:
    """Return a random statement."""
    some = random.sample(PATTERNS, random.randint(1, 4))
    patterns: Any = some if len(some) > 1 or random.random() < 0.5 else some[0]
    member = "NotAction" if random.random() < 0.2 else "Action"
    content = {"Effect": "Deny" if random.random() < 0.2 else "Allow", member: patterns}
    if random.random() < 0.4:
        content |= {"Sid": random.choice(("One", "Two"))}
    resources = random.sample(
        ("*", "arn:aws:s3:::acme-*", "arn:aws:s3:::${aws:username}/*", "arn:aws:iam::*:role/*"), 2
    )
    content["NotResource" if random.random() < 0.15 else "Resource"] = resources if random.random() < 0.5 else "*"
    if random.random() < 0.3:
        content |= (
            when("IpAddress", "aws:SourceIp", "192.0.2.0/24")
            if random.random() < 0.5
            else when("Bool", "aws:SecureTransport", "true")
        )
    return content


def documents(random: Random) -> list[dict[str, Any]]:
    """Return random policies; one is in the older policy language at times."""
    return [
        {"Version": random.choice(("2012-10-17", "2012-10-17", "2008-10-17")),
         "Statement": [statement(random) for _ in range(random.randint(1, 3))]}
        for _ in range(random.randint(1, 3))
    ]  # fmt: skip


def history(random: Random, name: str) -> tuple[list[Row], set[str]]:
    """Return random events of a user, and the actions that they use: a refused call is not a use, another error is one."""
    calls, used = [], set()
    for number, action in enumerate(random.sample(sorted(ACTIONS), random.randint(0, 8))):
        error = random.choice((None, None, "AccessDenied", "NoSuchBucket"))
        if event := event_of(action):
            calls.append(call(*event, identity(name), number, **({"errorCode": error} if error else {})))
            used |= set() if error == "AccessDenied" else {action}
    return calls, used


def verdicts(path: Path) -> dict[tuple[str, str, str], int]:
    """Return the rank of the verdict of each user, action and resource."""
    with reading(path) as con:
        rows = con.execute(VERDICTS, {"actions": [*ACTIONS, "unknown:Action"], "resources": list(RESOURCES)}).fetchall()
    return {(principal, action, resource): RANKS[verdict] for principal, action, resource, verdict in rows}


def narrowed(path: Path, name: str) -> list[dict[str, Any]]:
    """Return the narrowed policies of a user of a run."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    with reading(path) as con:
        old = [
            json.loads(text)
            for (text,) in con.execute(f"select document from iam_principal_documents('{arn}')").fetchall()
        ]
        rows = con.execute(
            f"select name, service, state, reason, use, denied_by from iam_permission_use('{arn}', 0)"
        ).fetchall()
    granted = [Permission(*row[:5], tuple(row[5] or ())) for row in rows]
    unused = [item.name for item in granted if item.use == "not seen"]
    policy = narrow(
        old, [item.name for item in granted], unused, [item.name for item in granted if item.is_ineffective]
    )
    assert all(size(document) <= MANAGED_POLICY_SIZE for document in policy.documents)
    return policy.documents


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_the_new_policy_allows_what_was_seen_and_nothing_more(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    names = [f"user{number}" for number in range(USERS)]
    histories = {name: history(random, name) for name in names}
    events = [*daily(), *(event for calls, _ in histories.values() for event in calls)]
    selectors, gaps = (
        random.choice(((OBJECTS,), ())),
        random.choice(({}, {}, {"status": "partial", "error_code": "cut_short"})),
    )
    control = control_policies(random)
    limits = {"aws_iam_policy": [boundary("limit", *documents(random)[:1])], **control}
    bounds = {name: policy_arn("limit") if random.random() < 0.3 else None for name in names}
    old = make_use_run(
        tmp_path / "old.duckdb", [user(name, *documents(random), permissions_boundary_arn=bounds[name]) for name in names], events,
        trails=(trail(*selectors),), read=(coverage(**gaps),), **limits,
    )  # fmt: skip
    policies = {name: narrowed(old, name) for name in names}
    new = make_use_run(
        tmp_path / "new.duckdb", [user(name, *policies[name], permissions_boundary_arn=bounds[name]) for name in names], events,
        **limits,
    )  # fmt: skip
    before, after = verdicts(old), verdicts(new)
    assert before.keys() == after.keys()
    assert [key for key in before if after[key] > before[key]] == []
    recorded_uses = {
        (f"arn:aws:iam::{ACCOUNT}:user/{name}", action) for name, (_, used) in histories.items() for action in used
    }
    lost = [key for key in before if key[:2] in recorded_uses and after[key] < before[key]]
    assert lost == []
    assert not gaps or before == after
    assert gaps or control or any(after[key] < before[key] for key in before)
