"""The items of an account: all are written to the raw tables, and those that further calls are made for stay in memory."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, Protocol

from iamsql.aws.timestamps import iso_time
from iamsql.canonical_json import canonical_json

# The members of items that supply the parameters of other calls.
BOUND_MEMBERS = frozenset(
    "UserName GroupName RoleName Arn SSHPublicKeyId ServerCertificateName InstanceProfileName JobId "
    "DefaultVersionId AccessKeyId Status CreateDate RegionName TrailARN EventDataStoreArn "
    "ChannelArn ImportId QueryId Id InstanceArn IdentityStoreId GroupId arn type".split()
)


class ItemWriter(Protocol):
    """Writes items, as JSON texts, to raw tables; `bound` are the parameters of their request as JSON."""

    def write_items(
        self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str
    ) -> None:
        """Write the items of one response."""

    def delete_items(self, raw: str, account_id: str, region: str, bound: str | None = None) -> None:
        """Delete the items of one list, or of all lists of a call in one region."""


class Parent(NamedTuple):
    """An item that further calls are made for, with the parameters of the request that listed it."""

    params: dict[str, Any]
    item: Any


class AccountItems:
    """The items of one account. With `region`, the items of all regions are written under that region."""

    def __init__(
        self, writer: ItemWriter, account_id: str, parent_tables: Collection[str] = (), region: str = ""
    ) -> None:
        """Write with `writer`. `parent_tables` are the raw tables of parents: all items would fill the memory."""
        self._writer, self._account_id, self._region = writer, account_id, region
        self._parent_tables = parent_tables
        # By raw table and region; then by the parameters of the list, which may have to be requested again.
        self._parents: dict[tuple[str, str], dict[str, list[Parent]]] = {}
        self._listed: set[tuple[str, str]] = set()

    def add(self, raw: str, region: str, params: dict[str, Any], items: Sequence[Any], texts: Sequence[str]) -> None:
        """Write the items of one response, given as values and as JSON texts, with the present time."""
        bound, now = canonical_json(params), iso_time(time.time())
        self._writer.write_items(raw, self._account_id, self._region or region, bound, texts, now)
        if raw in self._parent_tables:
            self._listed.add((raw, region))
            parents = self._parents.setdefault((raw, region), {}).setdefault(bound, [])
            parents.extend(Parent(params, bound_members(item)) for item in items)

    def restore(self, raw: str, region: str, parents: Sequence[Parent]) -> None:
        """Add parents that are in the raw table already, or that are written elsewhere."""
        items = [Parent(params, bound_members(item)) for params, item in parents]
        self._parents.setdefault((raw, region), {}).setdefault("", []).extend(items)

    def parents(self, raw: str, region: str) -> list[Parent]:
        """Return the items of a raw table that further calls are made for."""
        return [parent for parents in self._parents.get((raw, region), {}).values() for parent in parents]

    def is_listed(self, raw: str, region: str) -> bool:
        """Return whether items of a parent table were added in this session, not restored from an earlier one."""
        return (raw, region) in self._listed

    def delete_list(self, raw: str, region: str, params: dict[str, Any]) -> None:
        """Delete the items of a list, which is requested again from its start."""
        bound = canonical_json(params)
        self._writer.delete_items(raw, self._account_id, self._region or region, bound)
        self._parents.get((raw, region), {}).pop(bound, None)

    def delete_call(self, raw: str, region: str) -> None:
        """Delete the items that an earlier session wrote for a call."""
        self._writer.delete_items(raw, self._account_id, self._region or region)


def bound_members(item: Any) -> Any:
    """Return the members of an item that other calls need, so that memory holds names and not documents."""
    return {key: item[key] for key in BOUND_MEMBERS if key in item} if isinstance(item, dict) else item


def name_of(item: Any) -> Any:
    """Return the name of a user, group or role, or the ARN of a policy; an item without one is its own name."""
    if not isinstance(item, dict):
        return item
    return next((item[key] for key in ("UserName", "GroupName", "RoleName", "Arn") if key in item), item)
