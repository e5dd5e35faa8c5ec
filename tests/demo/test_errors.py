"""Errors have the code of the service."""

from __future__ import annotations

import pytest

from iamsql.demo.errors import access_denied_error, not_found_error


@pytest.mark.parametrize(
    ("service", "code"),
    [("iam", "AccessDenied"), ("s3", "AccessDenied"), ("ec2", "UnauthorizedOperation"), ("sns", "AuthorizationError"),
     ("organizations", "AccessDeniedException")],
)  # fmt: skip
def test_a_denial_has_the_code_of_its_service(service: str, code: str) -> None:
    error = access_denied_error(service, "ListUsers", "arn:x", "because no")
    assert (error.code, error.status) == (code, 403)
    assert str(error) == f"User: arn:x is not authorized to perform: {service}:ListUsers on resource: * because no"


def test_what_does_not_exist_is_not_found() -> None:
    error = not_found_error("user", "ana")
    assert (error.code, error.status, error.headers) == ("NoSuchEntity", 404, {})
    assert error.message == "The user with name ana cannot be found."
