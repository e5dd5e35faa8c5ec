"""Select the changes that a message lists if there are more than its limit, so no kind of change hides another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from iamsql.automation.notify.message.formatting import severity_order
from iamsql.automation.notify.model import KINDS, Change


@dataclass(frozen=True)
class Listing:
    """The changes of a kind that are listed, the most severe first, and the number of all changes of the kind."""

    change_type: str
    changes: Sequence[Change]
    total: int


def listings(changes: Sequence[Change], limit: int) -> list[Listing]:
    """Return at most `limit` changes by kind, the most urgent kind first.

    Each kind has an equal part of the limit, and the most urgent kinds have what the others do not need.
    """
    by_type: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_type[change.change_type].append(change)
    change_types = sorted(
        by_type, key=lambda change_type: KINDS.index(change_type) if change_type in KINDS else len(KINDS)
    )
    shares = _divide_limit([len(by_type[change_type]) for change_type in change_types], max(limit, 0))
    return [
        Listing(change_type, by_urgency(by_type[change_type])[:share], len(by_type[change_type]))
        for change_type, share in zip(change_types, shares, strict=True)
    ]


def by_urgency(changes: Sequence[Change]) -> list[Change]:
    """Return changes by severity, the most severe first, and then by account and title."""
    return sorted(
        changes, key=lambda change: (severity_order(change.severity), change.account_id, change.title, change.resource)
    )


def _divide_limit(counts: Sequence[int], limit: int) -> list[int]:
    shares = [min(count, limit // len(counts)) for count in counts]
    for index, count in enumerate(counts):
        shares[index] += min(count - shares[index], limit - sum(shares))
    return shares
