"""Error answers of the sample organization: AWS's codes and messages."""

from __future__ import annotations

QUERY = ("iam", "sts", "ec2")  # services of the query protocol: form in, XML out
DENIED = {"iam": "AccessDenied", "sts": "AccessDenied", "s3": "AccessDenied", "ec2": "UnauthorizedOperation"}


class AwsError(Exception):
    """An error response: its code, message and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def denial(service: str, operation: str, who: str = "", why: str = "") -> AwsError:
    """Return the access-denied error of a service."""
    code = DENIED.get(service, "AccessDeniedException")
    reason = why or "because no identity-based policy allows the action"
    return AwsError(
        code, f"User: {who or 'you'} is not authorized to perform: {service}:{operation} on resource: * {reason}", 403
    )


def not_found(kind: str, name: str) -> AwsError:
    """Return the not-found error of IAM."""
    return AwsError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)
