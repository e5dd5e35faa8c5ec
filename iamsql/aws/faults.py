"""Classify what went wrong, once and in one place: the words are AWS's, the kind decides what happens next."""

from __future__ import annotations

from dataclasses import dataclass

import botocore.exceptions as botocore_errors
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

THROTTLED = frozenset(
    "Throttling ThrottlingException ThrottledException RequestThrottled RequestThrottledException RequestLimitExceeded "
    "TooManyRequestsException BandwidthLimitExceeded SlowDown PriorRequestNotComplete EC2ThrottledException".split()
)
DENIED = frozenset(
    "AccessDenied AccessDeniedException UnauthorizedOperation UnauthorizedException AuthorizationError "
    "NotAuthorized Client.UnauthorizedOperation OptInRequired".split()
)
EXPIRED = frozenset("ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired".split())
# InvalidClientTokenId: unknown credentials, or after a success credentials that were taken away.
REJECTED = frozenset(
    "InvalidClientTokenId UnrecognizedClientException InvalidAccessKeyId SignatureDoesNotMatch "
    "InvalidSignatureException AuthFailure".split()
)
NOT_APPLICABLE = frozenset("AWSOrganizationsNotInUseException RegionDisabledException".split())
MARKERS = frozenset("InvalidMarker InvalidNextTokenException InvalidPaginationToken ExpiredNextTokenException".split())
# Codes that say in words that a marker is meant.
MARKED = ("InvalidInputException", "InvalidInput", "ValidationError", "ValidationException")
TRANSIENT = (
    botocore_errors.ConnectionError,
    botocore_errors.HTTPClientError,
    botocore_errors.IncompleteReadError,
    botocore_errors.ResponseStreamingError,
    botocore_errors.ChecksumError,
    ResponseParserError,
    TimeoutError,
    ConnectionResetError,
)
NO_CREDENTIALS = (
    botocore_errors.NoCredentialsError,
    botocore_errors.PartialCredentialsError,
    botocore_errors.CredentialRetrievalError,
    botocore_errors.TokenRetrievalError,
    botocore_errors.SSOError,
)


@dataclass(frozen=True)
class Fault:
    """Why a request has no answer: the kind (denied, throttled, expired, absent …), AWS's code, AWS's words."""

    kind: str
    code: str
    message: str


MAX_CALLS = Fault("skipped", "max_calls", "The run had made as many calls as --max-calls allows.")


class Failed(Exception):
    """A request that has failed for good."""

    def __init__(self, fault: Fault) -> None:
        """Carry the fault."""
        super().__init__(f"{fault.code}: {fault.message}")
        self.fault = fault


def status_of(fault: Fault) -> str:
    """Name the status of coverage for a call that failed altogether."""
    return {"rejected": "expired", "marker": "error", "transient": "error"}.get(fault.kind, fault.kind)


def classify(error: BaseException, absent: tuple[str, ...] = ()) -> Fault:
    """Tell the kind of an exception that botocore raised; anything else that is not the network's is raised again.

    `absent` holds codes, or code:reason where an error has one of several reasons.
    """
    if isinstance(error, ClientError):
        return _answered(error, absent)
    if isinstance(error, NO_CREDENTIALS):
        return Fault("expired", type(error).__name__, str(error))
    if isinstance(error, TRANSIENT):
        return Fault("transient", type(error).__name__, str(error))
    if isinstance(error, botocore_errors.BotoCoreError):
        return Fault("error", type(error).__name__, str(error))
    raise error


def _answered(error: ClientError, absent: tuple[str, ...]) -> Fault:
    """Classify an answer that AWS gave with an error code."""
    details = error.response.get("Error", {})
    code, message = str(details.get("Code") or "Unknown"), str(details.get("Message") or "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if f"{code}:{error.response.get('Reason')}" in absent:
        return Fault("absent", code, message)
    return Fault(_kind(code, message, status, absent), code, message)


def _kind(code: str, message: str, status: int, absent: tuple[str, ...]) -> str:
    if code in absent:
        return "absent"
    if code in THROTTLED or status == 429 or (code == "LimitExceededException" and "rate" in message.lower()):
        return "throttled"
    for kind, codes in (
        ("denied", DENIED),
        ("expired", EXPIRED),
        ("rejected", REJECTED),
        ("not_applicable", NOT_APPLICABLE),
        ("marker", MARKERS),
    ):
        if code in codes:
            return kind
    if code in MARKED and any(word in message.lower().replace("_", "") for word in ("nexttoken", "marker")):
        return "marker"
    # 501 is an endpoint that does not know the operation: asking again does not help.
    return "transient" if status >= 500 and status != 501 else "error"
