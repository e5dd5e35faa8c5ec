"""Which parts of an item are written, and which stay in memory for other calls."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.aws.items import AccountItems, Parent, item_name, without_parent

ACCOUNT = "111111111111"


class Writer:
    """Records what is written and deleted."""

    def __init__(self) -> None:
        """Start with no calls."""
        self.calls: list[tuple[Any, ...]] = []

    def write_items(self, *args: Any) -> None:
        """Record the arguments, without the time at their end."""
        self.calls.append(args[:-1])

    def delete_items(self, *args: Any) -> None:
        """Record the arguments."""
        self.calls.append(args)


@pytest.mark.parametrize(("region", "written"), [("", "eu-west-1"), ("global", "global")])
def test_items_have_the_region_of_their_request_or_the_one_of_the_account(region: str, written: str) -> None:
    writer = Writer()
    items = AccountItems(writer, ACCOUNT, region=region)
    items.write("raw.s3", "eu-west-1", "{}", ["1"])
    items.delete("raw.s3", "eu-west-1")
    assert writer.calls == [("raw.s3", ACCOUNT, written, "{}", ["1"]), ("raw.s3", ACCOUNT, written, None)]


def test_a_parent_has_the_members_that_other_calls_need_only() -> None:
    item = {"RoleName": "Admin", "AssumeRolePolicyDocument": "{}"}
    items = AccountItems(Writer(), ACCOUNT, parent_members=frozenset({"RoleName", "Path"}))
    assert items.parent({"a": 1}, item) == Parent({"a": 1}, {"RoleName": "Admin"})
    assert items.parent({}, "arn").item == "arn"
    assert AccountItems(Writer(), ACCOUNT).parent({}, item).item == item


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"UserName": "u", "Arn": "arn"}, "u"),
        ({"Arn": "arn", "PolicyName": "p"}, "arn"),
        ({"PolicyName": "p"}, {"PolicyName": "p"}),
        ("eu-west-1", "eu-west-1"),
    ],
)
def test_names_of_items(item: Any, name: Any) -> None:
    assert item_name(item) == name


def test_a_call_without_a_parent_is_made_for_the_account() -> None:
    assert without_parent(ACCOUNT) == [Parent({"AccountId": ACCOUNT}, None)]
