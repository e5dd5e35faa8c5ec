"""Classify what went wrong, once and in one place: the words are AWS's, the kind decides what happens next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import botocore.exceptions as botocore_errors
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from iamsql.model import IamsqlError

THROTTLED = frozenset(
    "Throttling ThrottlingException ThrottledException RequestThrottled RequestThrottledException RequestLimitExceeded "
    "TooManyRequestsException BandwidthLimitExceeded SlowDown PriorRequestNotComplete EC2ThrottledException".split()
)
DENIED = frozenset(
    "AccessDenied AccessDeniedException UnauthorizedOperation UnauthorizedException AuthorizationError "
    "NotAuthorized Client.UnauthorizedOperation OptInRequired AllAccessDisabled "
    # S3's words for a session token that is not valid in the region of the bucket; it is valid elsewhere.
    "InvalidToken "
    "AccountNotManagementOrDelegatedAdministratorException CallerIsNotManagementAccountException".split()
)
EXPIRED = frozenset("ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired".split())
SKEWED = frozenset("RequestTimeTooSkewed RequestInTheFuture".split())
# What else says in words that a request was signed at another time than AWS's; RequestExpired says it of credentials too.
UNTIMELY = ("Signature expired", "Signature not yet current")
MOMENT = re.compile(r"\b\d{8}T\d{6}Z\b")  # in such words: when it was signed, the bound, and what time it is there
UNREADABLE = "UnreadableAnswer"  # what AWS did not answer so
TOO_LARGE = "too_large"  # what has more bytes than are read
ADRIFT = timedelta(minutes=4)  # AWS bears with five minutes, S3 and EC2 with fifteen
# InvalidClientTokenId: unknown credentials, or after a success credentials that were taken away.
REJECTED = frozenset(
    "InvalidClientTokenId UnrecognizedClientException InvalidAccessKeyId SignatureDoesNotMatch "
    "InvalidSignatureException AuthFailure".split()
)
NOT_APPLICABLE = frozenset("AWSOrganizationsNotInUseException OrganizationNotFoundException".split())
# What AssumeRole answers where the session policy, with the session tags that are passed on, is too large or not valid.
POLICY_REFUSED = ("PackedPolicyTooLarge", "MalformedPolicyDocument")
STS_INACTIVE = "RegionDisabledException"  # STS is deactivated in the region of the request
# What IAM answers while it makes too many reports: the request succeeds when it is sent again later.
BUSY = frozenset("LimitExceeded ReportGenerationLimitExceeded ServiceFailure".split())
MARKERS = frozenset("InvalidMarker InvalidNextTokenException InvalidPaginationToken ExpiredNextTokenException".split())
# Codes that say in words that a marker is meant.
MARKED = ("InvalidInputException", "InvalidInput", "ValidationError", "ValidationException")
TRANSIENT = (
    botocore_errors.ConnectionError,
    botocore_errors.HTTPClientError,
    botocore_errors.IncompleteReadError,
    botocore_errors.ResponseStreamingError,
    botocore_errors.ChecksumError,
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


ENDS = ("expired", "rejected", "skipped")  # kinds of faults after which no further request can succeed


@dataclass(frozen=True)
class Fault:
    """Why a request has no answer: the kind (denied, throttled, expired, absent …), AWS's code, AWS's words.

    `ends` marks a fault of a call that was not asked after which no further request can succeed.
    """

    kind: str
    code: str
    message: str
    ends: bool = False


NOT_ASKED = "not_asked"  # the status of a call that was never sent, because another call failed before it
MAX_CALLS = Fault("skipped", "max_calls", "The run had made as many calls as --max-calls allows.")


class MalformedResponse(Exception):
    """An answer of status 200 that is none of the operation's: of a proxy, cut short, or of another shape."""


class ResponseTooLarge(Exception):
    """An answer or object that has more bytes, or takes more time, than is read of one."""


class RequestFailed(Exception):
    """A request that has failed for good."""

    def __init__(self, fault: Fault) -> None:
        """Carry the fault."""
        super().__init__(f"{fault.code}: {fault.message}")
        self.fault = fault


def not_asked(operation: str, fault: Fault) -> Fault:
    """Return the fault of a call that was not sent because the call `operation` failed before it.

    A chain keeps the call that failed first, and a limit of the run or a choice of the user stays what it is.
    """
    if fault.kind in (NOT_ASKED, "skipped", "partial"):
        return fault
    words = f"It depends on {operation}, which failed: {fault.code}: {fault.message}"
    return Fault(NOT_ASKED, operation, words, ends=fault.ends or fault.kind in ENDS)


def status_of(fault: Fault) -> str:
    """Name the status of coverage for a call that failed altogether."""
    same = {"rejected": "expired", "marker": "error", "transient": "error", "skewed": "error"}
    return same.get(fault.kind, fault.kind)


def classify(error: BaseException, absent: tuple[str, ...] = ()) -> Fault:
    """Tell the kind of an exception that botocore raised; anything else that is not the network's is raised again.

    `absent` holds codes, or code:reason where an error has one of several reasons.
    """
    if isinstance(error, ClientError):
        return _answered(error, absent)
    if isinstance(error, NO_CREDENTIALS):
        return Fault("expired", type(error).__name__, str(error))
    if isinstance(error, MalformedResponse | ResponseParserError):
        return Fault("transient", UNREADABLE, str(error).splitlines()[0])
    if isinstance(error, ResponseTooLarge):
        return Fault("error", TOO_LARGE, str(error))
    if isinstance(error, RecursionError):
        return Fault("error", "RecursionError", "A document in the answer is nested deeper than can be read.")
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
    kind = _kind(code, message, status, absent)
    off = clock_off(error.response, message)
    if code in SKEWED or message.startswith(UNTIMELY) or (code == "RequestExpired" and off and abs(off) > ADRIFT):
        return Fault("skewed", code, f"{message} This machine's clock is {told(off)}." if off else message)
    return Fault(kind, code, message)


def clock_off(response: dict[str, Any], message: str) -> timedelta | None:
    """Tell by how much this machine's clock is ahead, by the words of a refusal or the Date of the answer; None: untold."""
    sent = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        times = [datetime.strptime(one, "%Y%m%dT%H%M%SZ") for one in MOMENT.findall(message)]
        if len(times) == 3:
            return times[0] - times[2]
        return datetime.now(UTC) - parsedate_to_datetime(sent) if sent else None
    except (TypeError, ValueError):
        return None


def told(off: timedelta) -> str:
    """Spell how far a clock is off: '15 minutes behind'."""
    seconds = round(abs(off.total_seconds()))
    size, unit = next(
        ((n, u) for n, u in ((3600, "hour"), (60, "minute"), (1, "second")) if seconds >= 2 * n), (1, "second")
    )
    return f"{round(seconds / size)} {unit}s {'ahead' if off > timedelta() else 'behind'}"


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
    return "transient" if code in BUSY or (status >= 500 and status != 501) else "error"


def unknown_caller(fault: Fault) -> IamsqlError:
    """Say what is wrong with the credentials, or what else keeps AWS from saying whose they are."""
    words = f"{fault.code}: {fault.message}"
    if fault.kind == "skewed":
        return IamsqlError(f"AWS takes no signature of this machine: {words}\nSet its clock right, and sync again.")
    if fault.code == STS_INACTIVE:
        return IamsqlError(f"{fault.message}\nSet AWS_REGION to a region in which STS is active, and sync again.")
    if fault.kind in ("expired", "rejected"):
        return IamsqlError(
            f"The AWS credentials are expired or wrong: {words}\nSign in again (`aws sso login`), or name another --profile."
        )
    return IamsqlError(
        f"AWS does not say who the caller is: {words}\nCheck the credentials, the region and the network."
    )


def why_alone(account_id: str, arn: str, permission: str, fault: Fault) -> str:
    """Say why the caller's account is read alone."""
    if fault.kind == "not_applicable":
        return f"Account {account_id} is in no organization: it alone is read."
    start = f"The organization could not be read, so account {account_id} alone is:"
    if fault.kind == "denied":
        return f"{start} {permission} is denied to {arn} ({fault.code})."
    return f"{start} {fault.code}: {fault.message}"
