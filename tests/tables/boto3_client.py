"""Accounts of the fake AWS by service and region, and members of responses under the names of columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3

from tests.tables.boto3_oracle import ONCE, Row, common_columns
from tests.tables.oracle_iam import snake

REGIONS = ("us-east-1", "eu-west-1")  # the regions of the run


@dataclass(frozen=True)
class ServiceAccount:
    """An account of the fake AWS; `management` marks the organization's management account."""

    account_id: str
    session: boto3.Session
    management: bool = False

    def create_client(self, service: str, region: str = "us-east-1") -> Any:
        """Return a client of a service in a region, without retries."""
        return self.session.client(service, region_name=region, config=ONCE)

    def regional_clients(self, service: str) -> Iterator[tuple[str, Any]]:
        """Return a client for each region."""
        for region in REGIONS:
            yield region, self.create_client(service, region)

    def common_columns(self, region: str = "global") -> Row:
        """Return the columns that each table ends with."""
        return common_columns(self.account_id, region=region)


def take_members(item: dict[str, Any] | None, *members: str) -> Row:
    """Return members of a response under the names of columns, None for missing members."""
    return {snake(member): (item or {}).get(member) for member in members}
