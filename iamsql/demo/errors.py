"""Error responses of the sample organization, with AWS's codes and messages."""

from __future__ import annotations

QUERY_SERVICES = ("iam", "sts", "ec2", "sns")  # services of the query protocol: form in, XML out
REST_XML_SERVICES = ("s3", "s3control")
DENIED_CODES = {
    **dict.fromkeys(("iam", "sts", *REST_XML_SERVICES), "AccessDenied"),
    "ec2": "UnauthorizedOperation",
    "sns": "AuthorizationError",
}


class AwsError(Exception):
    """An error response: its code, message, HTTP status and additional headers."""

    def __init__(self, code: str, message: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.headers = code, message, status, headers or {}


def access_denied_error(service: str, operation: str, arn: str = "", reason: str = "") -> AwsError:
    """Return the access-denied error of a service for the caller with an ARN."""
    reason = reason or "because no identity-based policy allows the action"
    message = f"User: {arn or 'you'} is not authorized to perform: {service}:{operation} on resource: * {reason}"
    return AwsError(DENIED_CODES.get(service, "AccessDeniedException"), message, 403)


def not_found_error(resource_type: str, name: str) -> AwsError:
    """Return the not-found error of IAM."""
    return AwsError("NoSuchEntity", f"The {resource_type} with name {name} cannot be found.", 404)
