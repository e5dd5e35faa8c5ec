"""What a user reads about an organization or a caller that could not be read."""

from __future__ import annotations

import pytest

from iamsql.aws.errors import Fault
from iamsql.aws.organization_errors import caller_error, incomplete_note, only_caller_note
from iamsql.model import Call

ACCOUNT = "111111111111"
ARN = f"arn:aws:iam::{ACCOUNT}:user/u"


@pytest.mark.parametrize(
    ("fault", "note"),
    [
        (
            Fault("error", "ServiceException", "Busy."),
            f"The organization could not be read, so only account {ACCOUNT} is read: ServiceException: Busy.",
        ),
        (
            Fault("denied", "AccessDeniedException", "No."),
            f"The organization could not be read, so only account {ACCOUNT} is read: "
            f"organizations:ListAccounts is denied to {ARN} (AccessDeniedException).",
        ),
        (
            Fault("not_applicable", "AWSOrganizationsNotInUseException", "None."),
            f"Account {ACCOUNT} is not a member of an organization: only this account is read.",
        ),
    ],
)
def test_an_organization_that_cannot_be_read(fault: Fault, note: str) -> None:
    assert only_caller_note(ACCOUNT, ARN, Call("organizations", "ListAccounts"), fault) == note


def test_a_list_that_ends_early_has_the_number_of_its_accounts() -> None:
    note = incomplete_note(20, Fault("throttled", "TooManyRequestsException", "Slow."))
    assert note.endswith("only the 20 accounts that AWS listed are read: TooManyRequestsException: Slow.")


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        (Fault("skewed", "RequestTimeTooSkewed", "m"), "Correct its clock, and sync again."),
        (Fault("error", "RegionDisabledException", "m"), "Set AWS_DEFAULT_REGION to a region where STS is active"),
        (Fault("expired", "ExpiredToken", "m"), "Sign in again"),
        (Fault("rejected", "InvalidClientTokenId", "m"), "Sign in again"),
        (Fault("error", "ConnectTimeoutError", "m"), "Check the credentials, the region and the network."),
    ],
)
def test_an_unknown_caller_has_a_next_step(fault: Fault, step: str) -> None:
    first, second = str(caller_error(fault)).split("\n")
    assert "m" in first and step in second
