"""The IAM items of one account, as a sync read them and as requests change them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from iamsql.canonical_json import canonical_json
from iamsql.runs.iam_state.request import CannotApplyError, IamRequest, Item
from iamsql.tables.calls.account import (
    ACCESS_KEYS,
    GROUP_DETAILS,
    POLICY_DETAILS,
    ROLE_DETAILS,
    USER_DETAILS,
    USERS,
)

LISTS = {call.raw: call for call in (USER_DETAILS, GROUP_DETAILS, ROLE_DETAILS, POLICY_DETAILS, USERS, ACCESS_KEYS)}
DETAILS = {"user": USER_DETAILS.raw, "group": GROUP_DETAILS.raw, "role": ROLE_DETAILS.raw}
TABLES = {"user": "aws_iam_user", "group": "aws_iam_group", "role": "aws_iam_role"}


@dataclass(frozen=True)
class Change:
    """A change that a request made: the table and the key of the row, and what changed in words."""

    table: str
    key: str
    change: str


@dataclass
class Row:
    """An item with the parameters of its request, as JSON text."""

    bound: str
    item: Item


@dataclass(frozen=True)
class Skipped:
    """A request that was not applied, because the sync may have read the state after the deletion of what it names."""

    request: IamRequest
    noun: str
    name: str


@dataclass
class AccountState:
    """The items of an account by raw table. `changed` has the raw tables whose items a request changed.

    `skipped` has the requests that name a user, group, role, policy or key that the state does not have.
    """

    account_id: str
    partition: str
    lists: dict[str, list[Row]] = field(default_factory=lambda: {raw: [] for raw in LISTS})
    changed: set[str] = field(default_factory=set)
    skipped: list[Skipped] = field(default_factory=list)
    aws_policies: Mapping[str, str] = field(
        default_factory=dict
    )  # the items of AWS managed policies of any account, by ARN

    @classmethod
    def read(
        cls, account_id: str, partition: str, rows: Sequence[tuple[str, str, str]], aws_policies: Mapping[str, str]
    ) -> AccountState:
        """Return the state of rows of raw table, bound and item, in the order that they were read."""
        state = cls(account_id, partition, aws_policies=aws_policies)
        for raw, bound, item in rows:
            state.lists[raw].append(Row(bound, json.loads(item)))
        return state

    def rows(self, raw: str) -> Iterator[tuple[str, str]]:
        """Yield the parameters and the item of each row, both as JSON."""
        return ((row.bound, canonical_json(row.item)) for row in self.lists[raw])

    def find(self, raw: str, member: str, value: str) -> Item | None:
        """Return the first item whose member has a value; None if there is none."""
        return next((row.item for row in self.lists[raw] if row.item.get(member) == value), None)

    def add(self, raw: str, item: Item, bound: Item | None = None) -> None:
        """Add an item at the end of a list."""
        self.lists[raw].append(Row(canonical_json(bound or {}), item))
        self.changed.add(raw)

    def remove(self, raw: str, member: str, value: str) -> bool:
        """Remove the items whose member has a value, and return whether there was one."""
        remaining = [row for row in self.lists[raw] if row.item.get(member) != value]
        is_removed = len(remaining) < len(self.lists[raw])
        if is_removed:
            self.lists[raw] = remaining
            self.changed.add(raw)
        return is_removed

    def entity(self, entity_type: str, request: IamRequest) -> Item | None:
        """Return the user, group or role that a request names. None if the sync may have read it after its deletion."""
        name = request.text(f"{entity_type}Name")
        item = self.find(DETAILS[entity_type], f"{entity_type.title()}Name", name)
        if item is None:
            self.skip(request, entity_type, name)
        return item

    def skip(self, request: IamRequest, noun: str, name: str) -> None:
        """Store that a request names what does not exist. Raise CannotApplyError if the sync cannot have read its deletion."""
        if request.is_settled:
            raise CannotApplyError(f"the {noun} {name} does not exist")
        self.skipped.append(Skipped(request, noun, name))

    def touch(self, entity_type: str) -> None:
        """Mark the list of users, groups or roles as changed."""
        self.changed.add(DETAILS[entity_type])
