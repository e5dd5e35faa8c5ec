"""Properties of the evaluation with policies of resources, for random policies: Deny, Allow, and the order of what they list."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import reading
from tests.tables.permissions import resource_estates, sample_resources
from tests.tables.permissions.policy_builders import MEMBER, OTHER, Document
from tests.tables.permissions.resource_estates import Item, bucket, resource
from tests.tables.permissions.sample_resources import document, may, of

NAMES = (
    "member:user/ana", "member:user/bob", "member:role/app", "member:role/capped-role", "member:user/capped-wide",
    "other:user/olga", "other:role/plain", "stranger:user/sam", "*",
)  # fmt: skip
LISTED = (*NAMES[:-1], "member:root", "other:root", "stranger:root", "member:session/app/one")
CONDITIONS: tuple[Document, ...] = (
    {}, {}, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    {"Condition": {"StringEquals": {"aws:PrincipalAccount": OTHER}}},
    sample_resources.OF_ORGANIZATION, {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
    {"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}},
)  # fmt: skip
ALLOWED = {"denied": 0, "conditional": 1, "allowed": 2}  # how much of the requests each verdict allows


def statement(random_: random.Random, effect: str) -> Document:
    """Return a random statement of a resource's policy."""
    principals: Any = random_.choice(["*", random_.sample(LISTED, random_.randint(1, 3))])
    return may(
        principals,
        random_.choice(["*", "s3:*", "s3:GetObject", "sqs:SendMessage"]),
        effect,
        **random_.choice(CONDITIONS),
    )


def shuffled(random_: random.Random, statements: list[Document]) -> list[Document]:
    """Return the statements, and the principals of each, in another order."""
    changed = []
    for item in random_.sample(statements, len(statements)):
        names = item["Principal"]
        if isinstance(names, dict):
            names = {"AWS": random_.sample(names["AWS"], len(names["AWS"]))}
        changed.append(item | {"Principal": names})
    return changed


def variants(seed: int) -> dict[str, list[Document]]:
    """Return a random policy, with a Deny more, with an Allow less, and in another order."""
    random_ = random.Random(seed)
    allows = [statement(random_, "Allow") for _ in range(random_.randint(1, 3))]
    denies = [statement(random_, "Deny") for _ in range(random_.randint(0, 1))]
    return {
        "plain": allows + denies, "denied": [*allows, *denies, statement(random_, "Deny")], "less": allows[1:] + denies,
        "shuffled": shuffled(random_, allows + denies),
    }  # fmt: skip


def rows(seeds: range) -> list[Item]:
    """Return a bucket and a queue for each variant of the policies of the seeds."""
    resources = []
    for seed in seeds:
        for name, statements in variants(seed).items():
            content = document(*statements) if statements else None
            resources.append(bucket(f"{name}-{seed}", MEMBER, content))
            resources.append(resource(f"arn:aws:sqs:us-east-1:{MEMBER}:{name}-{seed}", "sqs_queue", MEMBER, content))
    return resources


def verdicts(run: Path, seeds: range) -> dict[tuple[int, str, str, str], str | None]:
    """Return the verdict of each question by seed, variant, principal and action."""
    keys, questions = [], []
    for seed in seeds:
        for name in variants(seed):
            places = {
                "s3:GetObject": f"arn:aws:s3:::{name}-{seed}/x",
                "sqs:SendMessage": f"arn:aws:sqs:us-east-1:{MEMBER}:{name}-{seed}",
            }
            for principal in NAMES:
                for action, arn in places.items():
                    keys.append((seed, name, principal, action))
                    questions.append({"principal": of(principal), "action": action, "resource": arn})
    with reading(run) as con:
        evaluated = resource_estates.evaluate(con, questions)
    return dict(zip(keys, (verdict for verdict, _ in evaluated), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 1000, 2000])
def test_a_deny_never_allows_and_an_allow_less_never_either(first: int, tmp_path: Path) -> None:
    seeds = range(first, first + (2 if first == 0 else 60))
    run = resource_estates.run_with_resources(sample_resources.organization(), rows(seeds), tmp_path)
    by_key = verdicts(run, seeds)
    for (seed, name, principal, action), verdict in by_key.items():
        if name == "plain":
            assert verdict in ALLOWED
            assert by_key[seed, "shuffled", principal, action] == verdict, (seed, principal, action)
            for other in ("denied", "less"):
                changed = by_key[seed, other, principal, action]
                assert ALLOWED[str(changed)] <= ALLOWED[str(verdict)], (seed, other, principal, action)
