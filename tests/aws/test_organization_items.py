"""Items of the organization wait until the run file exists and their owner is known."""

from __future__ import annotations

from typing import Any

from iamsql.aws.organization_items import OrganizationItems

NOW = "2026-11-25T08:00:00Z"
CALLER, OWNER = "222222222222", "111111111111"


class Writer:
    """Records what is written and deleted."""

    def __init__(self) -> None:
        """Start with no calls."""
        self.calls: list[tuple[Any, ...]] = []

    def write_items(self, *args: Any) -> None:
        """Record the arguments."""
        self.calls.append(args)

    def delete_items(self, *args: Any) -> None:
        """Record the arguments."""
        self.calls.append(args)


def test_waiting_items_are_written_once_and_later_ones_at_once() -> None:
    items, writer = OrganizationItems("raw.caller"), Writer()
    items.write_items("raw.caller", "", "", "{}", ["caller"], NOW)
    items.write_items("raw.accounts", "", "", "{}", ["first"], NOW)
    items.write_to(writer, CALLER, OWNER)
    items.write_items("raw.accounts", "", "", "{}", ["second"], NOW)
    assert writer.calls == [
        ("raw.caller", CALLER, "global", "{}", ["caller"], NOW),
        ("raw.accounts", OWNER, "global", "{}", ["first"], NOW),
        ("raw.accounts", OWNER, "global", "{}", ["second"], NOW),
    ]


def test_a_deleted_list_is_not_written_and_other_lists_are() -> None:
    items, writer = OrganizationItems("raw.caller"), Writer()
    for bound in ("a", "b"):
        items.write_items("raw.units", "", "", bound, [bound], NOW)
    items.delete_items("raw.units", "", "", "a")
    items.write_to(writer, CALLER, OWNER)
    items.delete_items("raw.units", "", "", "b")
    assert writer.calls == [
        ("raw.units", OWNER, "global", "b", ["b"], NOW),
        ("raw.units", OWNER, "global", "b"),
    ]
