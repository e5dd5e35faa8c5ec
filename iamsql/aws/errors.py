"""Classify exceptions of AWS calls: the kind of a fault decides what happens next; the message is AWS's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import botocore.exceptions as botocore_errors
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

# about: The error codes of AWS APIs, by what a sync does next.
# source: API references of the services, "Common Errors"
# date: 2026-11-28
# rebuild: read the common errors of the services that a sync calls
ERROR_CODES = {
    "throttled": "Throttling ThrottlingException ThrottledException RequestThrottled RequestThrottledException "
    "RequestLimitExceeded TooManyRequestsException BandwidthLimitExceeded SlowDown PriorRequestNotComplete "
    "EC2ThrottledException",
    # InvalidToken: S3's code for a session token that is not valid in the region of the bucket; it is valid in other regions.
    "denied": "AccessDenied AccessDeniedException UnauthorizedOperation UnauthorizedException AuthorizationError "
    "NotAuthorized Client.UnauthorizedOperation OptInRequired AllAccessDisabled InvalidToken "
    "AccountNotManagementOrDelegatedAdministratorException CallerIsNotManagementAccountException",
    "expired": "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired",
    # InvalidClientTokenId: credentials that do not exist, that were deleted, or that the region does not accept (not enabled).
    "rejected": "InvalidClientTokenId UnrecognizedClientException InvalidAccessKeyId SignatureDoesNotMatch "
    "InvalidSignatureException AuthFailure",
    "skewed": "RequestTimeTooSkewed RequestInTheFuture",
    "not_applicable": "AWSOrganizationsNotInUseException OrganizationNotFoundException",
    "marker": "InvalidMarker InvalidMarkerException InvalidNextTokenException InvalidPaginationToken ExpiredNextTokenException",
    # IAM while it generates too many reports: the request succeeds later.
    "transient": "LimitExceeded ReportGenerationLimitExceeded ServiceFailure",
}
FAULT_TYPES = {code: kind for kind, codes in ERROR_CODES.items() for code in codes.split()}
# Messages of other codes about a signing time that differs from AWS's time.
SKEW_MESSAGES = ("Signature expired", "Signature not yet current")
TIMESTAMP_PATTERN = re.compile(r"\b\d{8}T\d{6}Z\b")  # in these messages: signing time, limit, and AWS's time
MAX_EXCERPT_BYTES = 60  # bytes of a malformed body that an error shows
UNREADABLE_CODE = "UnreadableAnswer"  # code of a malformed response
TOO_LARGE_CODE = "too_large"  # code of a response beyond the limits
MAX_SKEW = timedelta(minutes=4)  # AWS accepts five minutes, S3 and EC2 fifteen
# Codes of AssumeRole for a session policy that is invalid, or too large together with the session tags.
POLICY_ERROR_CODES = ("PackedPolicyTooLarge", "MalformedPolicyDocument")
STS_INACTIVE_CODE = "RegionDisabledException"  # STS is deactivated in the region of the request
# Codes of several faults; the message shows whether a page token is invalid.
AMBIGUOUS_TOKEN_CODES = ("InvalidInputException", "InvalidInput", "ValidationError", "ValidationException")
TRANSIENT_EXCEPTIONS = (
    botocore_errors.ConnectionError,
    botocore_errors.HTTPClientError,
    botocore_errors.IncompleteReadError,
    botocore_errors.ResponseStreamingError,
    botocore_errors.ChecksumError,
    TimeoutError,
    ConnectionResetError,
)
CREDENTIAL_EXCEPTIONS = (
    botocore_errors.NoCredentialsError,
    botocore_errors.PartialCredentialsError,
    botocore_errors.CredentialRetrievalError,
    botocore_errors.TokenRetrievalError,
    botocore_errors.SSOError,
)
FINAL_FAULT_TYPES = ("expired", "rejected", "skipped")  # after these no other request can succeed


@dataclass(frozen=True)
class Fault:
    """Why a request failed: kind (denied, throttled, expired, absent …), AWS's code and AWS's message.

    `ends` marks a fault after which no other request can succeed.
    """

    fault_type: str
    code: str
    message: str
    ends: bool = False


NOT_REQUESTED = "not_requested"  # status of a call that was not sent because a call that it depends on failed
MAX_CALLS_FAULT = Fault("skipped", "max_calls", "The run has made as many calls as --max-calls allows.")


class MalformedResponseError(Exception):
    """A response of status 200 that is not one of the operation: from a proxy, truncated, or of another shape."""


class ResponseTooLargeError(Exception):
    """A response or object that exceeds the limit of bytes or seconds."""


class RequestFailedError(Exception):
    """A request that failed and is not retried any more."""

    def __init__(self, fault: Fault) -> None:
        """Keep the classified fault."""
        super().__init__(f"{fault.code}: {fault.message}")
        self.fault = fault


def excerpt(body: bytes) -> str:
    """Return the start of a malformed body, in one line."""
    return " ".join(body[:MAX_EXCERPT_BYTES].decode(errors="replace").split())


def unrequested_fault(operation: str, fault: Fault) -> Fault:
    """Return the fault of a call that was not sent because it depends on the call `operation`, which failed.

    In a chain of dependencies, the message contains the first failure. A limit of the run or a choice of the user stays.
    """
    if fault.fault_type in (NOT_REQUESTED, "skipped", "partial"):
        return fault
    message = f"It depends on {operation}, which failed: {fault.code}: {fault.message}"
    return Fault(NOT_REQUESTED, operation, message, ends=fault.ends or fault.fault_type in FINAL_FAULT_TYPES)


def coverage_status(fault: Fault) -> str:
    """Return the coverage status of a call if all of its requests failed."""
    statuses = {"rejected": "expired", "marker": "error", "transient": "error", "skewed": "error"}
    return statuses.get(fault.fault_type, fault.fault_type)


def classify(error: BaseException, empty_on: tuple[str, ...] = ()) -> Fault:
    """Return the fault of an exception that botocore or the network raised; re-raise any other exception.

    `empty_on` lists the codes, or code:reason, that mean "none exist".
    """
    if isinstance(error, ClientError):
        return _classify_response(error, empty_on)
    if isinstance(error, CREDENTIAL_EXCEPTIONS):
        return Fault("expired", type(error).__name__, str(error))
    if isinstance(error, MalformedResponseError | ResponseParserError):
        return Fault("transient", UNREADABLE_CODE, str(error).splitlines()[0])
    if isinstance(error, ResponseTooLargeError):
        return Fault("error", TOO_LARGE_CODE, str(error))
    if isinstance(error, RecursionError):
        return Fault("error", "RecursionError", "A document in the response is nested too deeply.")
    if isinstance(error, TRANSIENT_EXCEPTIONS):
        return Fault("transient", type(error).__name__, str(error))
    if isinstance(error, botocore_errors.BotoCoreError):
        return Fault("error", type(error).__name__, str(error))
    raise error


def _classify_response(error: ClientError, empty_on: tuple[str, ...]) -> Fault:
    """Return the fault of an error response."""
    details = error.response.get("Error", {})
    code, message = str(details.get("Code") or "Unknown"), str(details.get("Message") or "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    # InvalidInputException of Organizations has many reasons. Only some of them mean "none".
    if f"{code}:{error.response.get('Reason')}" in empty_on:
        return Fault("absent", code, message)
    fault_type, offset = _find_fault_type(code, message, status, empty_on), clock_offset(error.response, message)
    # RequestExpired can also mean that the credentials have expired.
    is_late = code == "RequestExpired" and offset and abs(offset) > MAX_SKEW
    if fault_type == "skewed" or message.startswith(SKEW_MESSAGES) or is_late:
        skew = f" This machine's clock is {describe_offset(offset)}." if offset else ""
        return Fault("skewed", code, message + skew)
    return Fault(fault_type, code, message)


def request_id(error: BaseException) -> str:
    """Return AWS's ID of a request that failed, which AWS Support asks for; '' if AWS did not respond."""
    metadata = error.response.get("ResponseMetadata", {}) if isinstance(error, ClientError) else {}
    headers = metadata.get("HTTPHeaders", {})
    return str(metadata.get("RequestId") or headers.get("x-amzn-requestid") or headers.get("x-amz-request-id") or "")


def clock_offset(response: dict[str, Any], message: str) -> timedelta | None:
    """Return how far this machine's clock is ahead, from the message or the Date header; None without both."""
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        times = [datetime.strptime(text, "%Y%m%dT%H%M%SZ") for text in TIMESTAMP_PATTERN.findall(message)]
        if len(times) == 3:
            return times[0] - times[2]
        return datetime.now(UTC) - parsedate_to_datetime(date) if date else None
    except (TypeError, ValueError):
        return None


def describe_offset(offset: timedelta) -> str:
    """Return the offset of a clock in words, such as '15 minutes behind'."""
    seconds = round(abs(offset.total_seconds()))
    size, unit = next(
        ((n, u) for n, u in ((3600, "hour"), (60, "minute"), (1, "second")) if seconds >= 2 * n), (1, "second")
    )
    return f"{round(seconds / size)} {unit}s {'ahead' if offset > timedelta() else 'behind'}"


def _find_fault_type(code: str, message: str, status: int, empty_on: tuple[str, ...]) -> str:
    if code in empty_on:
        return "absent"
    # LimitExceededException is also the code of a quota for resources, which no retry helps.
    if status == 429 or (code == "LimitExceededException" and "rate" in message.lower()):
        return "throttled"
    if code in AMBIGUOUS_TOKEN_CODES and any(
        word in message.lower().replace("_", "") for word in ("nexttoken", "marker")
    ):
        return "marker"
    # 501: the endpoint does not implement the operation, so a retry does not help.
    return FAULT_TYPES.get(code) or ("transient" if status >= 500 and status != 501 else "error")
