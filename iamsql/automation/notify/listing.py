"""Select the changes that a message lists if there are more than its limit, so no kind of change hides another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from iamsql.automation.notify.model import KINDS, Change
from iamsql.automation.notify.phrases import severity_order


@dataclass(frozen=True)
class Listing:
    """The changes of a kind that are listed, the most severe first, and the number of all changes of the kind."""

    kind: str
    changes: Sequence[Change]
    total: int


def listings(changes: Sequence[Change], limit: int) -> list[Listing]:
    """Return at most `limit` changes by kind, the most urgent kind first.

    Each kind has an equal part of the limit, and the most urgent kinds have what the others do not need.
    """
    by_kind: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_kind[change.kind].append(change)
    kinds = sorted(by_kind, key=lambda kind: KINDS.index(kind) if kind in KINDS else len(KINDS))
    shares = _shares([len(by_kind[kind]) for kind in kinds], max(limit, 0))
    return [
        Listing(kind, by_urgency(by_kind[kind])[:share], len(by_kind[kind]))
        for kind, share in zip(kinds, shares, strict=True)
    ]


def by_urgency(changes: Sequence[Change]) -> list[Change]:
    """Return changes by severity, the most severe first, and then by account and title."""
    return sorted(
        changes, key=lambda change: (severity_order(change.severity), change.account_id, change.title, change.resource)
    )


def _shares(counts: Sequence[int], limit: int) -> list[int]:
    shares = [min(count, limit // len(counts)) for count in counts]
    for index, count in enumerate(counts):
        shares[index] += min(count - shares[index], limit - sum(shares))
    return shares
