"""Error codes of AWS and the status that each becomes: known codes have a class, other codes are errors or are retried."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from iamsql.aws.errors import Fault, classify, coverage_status, unrequested_fault

KINDS = {
    "denied": (
        ("AccessDenied", 403),
        ("AccessDeniedException", 400),
        ("UnauthorizedOperation", 403),
        ("OptInRequired", 403),
        ("AllAccessDisabled", 403),
        ("InvalidToken", 400),
        ("AccountNotManagementOrDelegatedAdministratorException", 400),
        ("CallerIsNotManagementAccountException", 400),
    ),
    "rejected": (
        ("InvalidClientTokenId", 403),
        ("UnrecognizedClientException", 400),
        ("InvalidAccessKeyId", 403),
        ("AuthFailure", 401),
    ),
    "expired": (("ExpiredToken", 403), ("ExpiredTokenException", 400), ("RequestExpired", 400)),
    "throttled": (("Throttling", 400), ("TooManyRequestsException", 429), ("SlowDown", 503), ("Anything", 429)),
    "transient": (
        ("LimitExceeded", 409),
        ("ReportGenerationLimitExceeded", 409),
        ("ServiceFailure", 500),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
    ),
    "not_applicable": (("AWSOrganizationsNotInUseException", 400), ("OrganizationNotFoundException", 404)),
    "marker": (("InvalidMarker", 400), ("InvalidNextTokenException", 400)),
    "error": (
        ("RegionDisabledException", 403),
        ("LimitExceededException", 400),
        ("ReportNotPresent", 410),
        ("ReportInProgress", 404),
        ("ReportExpired", 410),
        ("NotImplemented", 501),
        ("NoSuchEntity", 404),
    ),
}


@pytest.mark.parametrize(("code", "status", "kind"), [(*row, kind) for kind, ones in KINDS.items() for row in ones])
def test_an_error_code_has_its_class(code: str, status: int, kind: str) -> None:
    response = {"Error": {"Code": code, "Message": "No."}, "ResponseMetadata": {"HTTPStatusCode": status}}
    assert classify(ClientError(response, "AnOperation")) == Fault(kind, code, "No.")
    assert classify(ClientError(response, "AnOperation"), (code,)).fault_type == "absent"


def test_a_call_that_was_not_made_names_the_call_that_failed_first() -> None:
    first = unrequested_fault("ListUsers", Fault("denied", "AccessDenied", "No."))
    assert (coverage_status(first), first.code) == ("not_requested", "ListUsers")
    assert first.message == "It depends on ListUsers, which failed: AccessDenied: No."
    assert unrequested_fault("ListAccessKeys", first) == first and not first.ends
    assert unrequested_fault("ListUsers", Fault("expired", "ExpiredToken", "No.")).ends


def test_a_call_that_the_user_excluded_keeps_its_status() -> None:
    for fault in (Fault("skipped", "max_calls", ""), Fault("partial", "trust_report", "")):
        assert unrequested_fault("ListUsers", fault) == fault
