"""The accounts that the rows of plain boto3 calls come from."""

from __future__ import annotations

import pytest

from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.sync.syncs import MANAGEMENT
from tests.tables.boto3_client import ServiceAccount
from tests.tables.boto3_oracle import assume_roles


@pytest.fixture(scope="module")
def accounts() -> list[ServiceAccount]:
    """Assume a role in each account that a sync reads, in an organization like the synced one."""
    sessions = assume_roles(FakeAws(DAY)).items()
    return [ServiceAccount(account_id, session, account_id == MANAGEMENT) for account_id, session in sessions]
