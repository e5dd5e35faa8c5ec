"""Accounts that are asked service by service and region by region, and members of answers spelt as columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3

from tests.schema.tables.boto3_oracle import ONCE, Row, ending
from tests.schema.tables.oracle_iam import snake

REGIONS = ("us-east-1", "eu-west-1")  # those that the run is made for


@dataclass(frozen=True)
class Asked:
    """An account that is asked; `management` is the organization's."""

    account_id: str
    session: boto3.Session
    management: bool = False

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """Make a client of a service in a region that never asks twice."""
        return self.session.client(service, region_name=region, config=ONCE)

    def everywhere(self, service: str) -> Iterator[tuple[str, Any]]:
        """Make a client in each region."""
        for region in REGIONS:
            yield region, self.client(service, region)

    def ending(self, region: str = "global") -> Row:
        """Give the columns that every table ends with."""
        return ending(self.account_id, region=region)


def taken(item: dict[str, Any] | None, *members: str) -> Row:
    """Give members of an answer under their columns' names, None for those that are not there."""
    return {snake(member): (item or {}).get(member) for member in members}
