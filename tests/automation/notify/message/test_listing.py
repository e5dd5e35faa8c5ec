"""The changes that a message lists: by kind, by severity, and a part of each kind."""

from __future__ import annotations

import pytest

from iamsql.automation.notify.message.listing import Listing, listings
from iamsql.automation.notify.model import KINDS
from tests.automation.notify.notices import change


def counts(listings: list[Listing]) -> list[tuple[str, int, int]]:
    """Return the kinds with the numbers of listed changes and of all."""
    return [(listing.change_type, len(listing.changes), listing.total) for listing in listings]


def test_each_kind_has_a_part_of_the_list_and_the_most_urgent_kind_the_rest() -> None:
    changes = [change(at, change_type=kind) for kind in ("resolved", "opened") for at in range(100)]
    changes.append(change(1, change_type="administrator"))
    assert counts(listings(changes, 20)) == [("opened", 13, 100), ("administrator", 1, 1), ("resolved", 6, 100)]
    assert counts(listings(changes, 2)) == [("opened", 2, 100), ("administrator", 0, 1), ("resolved", 0, 100)]
    assert counts(listings(changes, 1000)) == [("opened", 100, 100), ("administrator", 1, 1), ("resolved", 100, 100)]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_zero_lists_nothing(limit: int) -> None:
    assert counts(listings([change()], limit)) == [("opened", 0, 1)] and listings([], limit) == []


@pytest.mark.parametrize("limit", range(15))
def test_the_limit_is_used_in_full_and_never_exceeded(limit: int) -> None:
    changes = [change(at, change_type=kind) for at, kind in enumerate((*KINDS, *KINDS[:4], "of a later version"))]
    assert sum(listed_count for _, listed_count, _ in counts(listings(changes, limit))) == min(limit, len(changes))


def test_changes_are_listed_by_severity() -> None:
    severities = ["low", "critical", "unheard-of", "info", "high", "none", "medium"]
    (listing,) = listings([change(at, severity=of) for at, of in enumerate(severities)], 20)
    expected = ["critical", "high", "medium", "low", "info", "none", "unheard-of"]
    assert [listed_change.severity for listed_change in listing.changes] == expected
