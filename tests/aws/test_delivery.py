"""A request that writes and fails is a line for the user, and a record of the log with AWS's request ID."""

from __future__ import annotations

import logging

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from iamsql.aws.delivery import failure


def test_a_failed_request_is_a_line_and_a_record(caplog: pytest.LogCaptureFixture) -> None:
    response = {
        "Error": {"Code": "AuthorizationError", "Message": "User: x is not authorized"},
        "ResponseMetadata": {"RequestId": "5b3c1f2e"},
    }
    with caplog.at_level(logging.WARNING, "iamsql"):
        line = failure(ClientError(response, "Publish"))
        timeout = failure(ConnectTimeoutError(endpoint_url="https://sns.us-east-1.amazonaws.com/"))
    assert line == "Publish: AuthorizationError: User: x is not authorized (request 5b3c1f2e)"
    assert timeout.startswith("ConnectTimeoutError: ")
    first, second = (record.fields for record in caplog.records)  # type: ignore[attr-defined]
    assert first == {
        "operation": "Publish", "code": "AuthorizationError", "error": "User: x is not authorized", "request_id": "5b3c1f2e"
    }  # fmt: skip
    assert second["code"] == "ConnectTimeoutError"


def test_another_exception_is_raised_again() -> None:
    with pytest.raises(RuntimeError):
        failure(RuntimeError("a mistake of the program"))
