"""Calls whose requests are not one per parent, such as LookupEvents: their caller supplies how they are made."""

from __future__ import annotations

from typing import Protocol

from iamsql.aws.account_client import AccountClient
from iamsql.aws.plan import AccountItems, CallResult


class Strategy(Protocol):
    """Collects a call whose requests are not one per parent."""

    async def collect(self, client: AccountClient, target: AccountItems, result: CallResult) -> None:
        """Make the requests of a call in one region, write the items, and set the result."""
