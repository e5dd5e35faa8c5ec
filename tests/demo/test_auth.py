"""Sessions of roles: who may assume them, and when they expire."""

from __future__ import annotations

import time

import pytest

from tests.demo.clients import MANAGEMENT, PAYMENTS, assume, client, fake_aws, refusal
from tests.fake_aws import EXTERNAL_ID, FakeAws


def test_sessions_expire() -> None:
    aws = fake_aws(token_lifetime=0.2, base_session_expires_after=3)
    iam = client(aws, "iam", PAYMENTS)
    assert iam.list_users()
    time.sleep(0.25)
    with refusal("ExpiredToken"):
        iam.list_users()
    with refusal("ExpiredToken"):
        client(aws, "sts").get_caller_identity()
    with refusal("ExpiredTokenException"):
        client(aws, "organizations").list_roots()


@pytest.mark.parametrize(
    "account_id", [MANAGEMENT, "999900001111", "141414141414", "151515151515", "161616161616", "1" * 12]
)
def test_accounts_without_a_role_to_assume(aws: FakeAws, account_id: str) -> None:
    for role in ("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole"):
        with refusal("AccessDenied"):
            assume(aws, account_id, role)


def test_roles_and_the_external_id(aws: FakeAws) -> None:
    with refusal("AccessDenied"):
        assume(aws, "444455556666")
    assert assume(aws, "444455556666", "OrganizationAccountAccessRole")
    with refusal("AccessDenied"):
        assume(aws, "888899990000")
    with refusal("AccessDenied"):
        assume(aws, "888899990000", ExternalId="wrong")
    assert assume(aws, "888899990000", ExternalId=EXTERNAL_ID)
