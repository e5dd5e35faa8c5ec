"""Write the items of an account, and select the members of an item that supply the parameters of other calls."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from iamsql.aws.timestamps import iso_time


class ItemWriter(Protocol):
    """Writes items, as JSON strings, to raw tables. `bound` are the parameters of their request as JSON."""

    def write_items(
        self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str
    ) -> None:
        """Write the items of one response."""

    def delete_items(self, raw: str, account_id: str, region: str, bound: str | None = None) -> None:
        """Delete the items of one list, or of all lists of a call in one region."""


class Parent(NamedTuple):
    """An item that other calls are made for, with the parameters of the request that listed it."""

    params: dict[str, Any]
    item: Any


def without_parent(account_id: str) -> list[Parent]:
    """Return what a call without a parent is made for: the account."""
    return [Parent({"AccountId": account_id}, None)]


@dataclass(frozen=True)
class AccountItems:
    """Writes the items of one account. With `region`, the items of all regions are written under that region.

    `parent_tables` are the raw tables of parents, which stay in memory; all items would fill the memory. `parent_members` are
    the members of parents that other calls need; with None, parents have all members.
    """

    writer: ItemWriter
    account_id: str
    parent_tables: Collection[str] = ()
    parent_members: frozenset[str] | None = None
    region: str = ""

    def write(self, raw: str, region: str, bound: str, items: Sequence[str]) -> None:
        """Write the items of one response, with the present time."""
        now = iso_time(time.time())
        self.writer.write_items(raw, self.account_id, self.region or region, bound, items, now)

    def delete(self, raw: str, region: str, bound: str | None = None) -> None:
        """Delete the items of one list, or of all lists of a call in one region."""
        self.writer.delete_items(raw, self.account_id, self.region or region, bound)

    def parent(self, params: dict[str, Any], item: Any) -> Parent:
        """Return an item as a parent, with only the members that other calls need, so documents do not stay in memory."""
        if self.parent_members is None or not isinstance(item, dict):
            return Parent(params, item)
        return Parent(params, {key: item[key] for key in self.parent_members if key in item})


def without_members(items: Iterable[Any], omitted_members: Collection[str]) -> list[Any]:
    """Return items without members that may contain secrets."""
    return [
        {key: item[key] for key in item if key not in omitted_members} if omitted_members else item for item in items
    ]


def item_name(item: Any) -> Any:
    """Return the name of a user, group or role, or the ARN of a policy; an item without one is its own name."""
    if not isinstance(item, dict):
        return item
    return next((item[key] for key in ("UserName", "GroupName", "RoleName", "Arn") if key in item), item)
