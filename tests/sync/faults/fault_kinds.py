"""The kinds of fault: what the fake AWS does, the status of the call, and the calls to which the kind applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from iamsql.demo.errors import DENIED_CODES, QUERY_SERVICES, REST_XML_SERVICES
from iamsql.demo.protocol import MODEL_NAMES, service_model
from iamsql.model import Call
from tests.fake_aws.faults import THROTTLING
from tests.fake_aws.network_faults import ENDED

FOREVER = 1_000_000
SIGNS = {model_name: signed for signed, model_name in MODEL_NAMES.items()}
# Lists with several pages if a page has one item.
LONG = (
    "iam:GetAccountAuthorizationDetails",
    "iam:ListInstanceProfiles",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "cloudtrail:LookupEvents",
    "sso:ListPermissionSets",
)
OK: tuple[str, str | None] = ("ok", None)
UNREADABLE = ("error", "UnreadableAnswer")

StatusAndCode = tuple[str, str | None]  # of a row of coverage
FaultOptions = Callable[[str, Call], dict[str, Any]]  # returns the faults of the fake AWS for an account and a call


def signed_name(call: Call) -> str:
    """Return an operation with the service that its requests are signed for."""
    return f"{SIGNS.get(call.service, call.service)}:{call.operation}"


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    `faults` returns the faults of the fake AWS for an account and a call; `expected` returns the status and code of the call;
    `applies_to` returns whether the kind applies to a call. With `lasting`, no request of the call succeeds.
    """

    faults: FaultOptions
    expected: Callable[[Call], StatusAndCode]
    applies_to: Callable[[Call], bool] = lambda call: True
    lasting: bool = False
    page_size: int = 0


def has_pages(call: Call) -> bool:
    """Return whether an operation has pages of items, by botocore's model."""
    if not call.items:
        return False
    shape = service_model(call.service).operation_model(call.operation)
    names = {"NextToken", "nextToken", "Marker", "ContinuationToken"}
    return bool(names & set(shape.input_shape.members if shape.input_shape else ())) and call.service != "s3"


def uses_xml(call: Call) -> bool:
    """Return whether a service responds in XML."""
    return call.service in (*QUERY_SERVICES, *REST_XML_SERVICES)


def is_report(call: Call) -> bool:
    """Return whether a response is a report in base64."""
    return call.operation == "GetCredentialReport"


def missing_code(call: Call) -> str:
    """Return AWS's error code for a call if the resource does not exist; '' if there is none."""
    return next((code for code in call.empty_on if ":" not in code), "") if call.parent else ""


def _network_fault(kind: str, times: int) -> FaultOptions:
    return lambda account, call: {"network_faults": ((account, signed_name(call), kind, times),)}


def _error(error: int | str, times: int) -> FaultOptions:
    return lambda account, call: {"errors": ((account, signed_name(call), error, times),)}


def _throttled(seconds: float) -> FaultOptions:
    return lambda account, call: {"throttle_for": ((account, signed_name(call), seconds),)}


def _stale_page(times: int) -> FaultOptions:
    """Return the faults of a page without items, requested with an expired page token."""
    return lambda account, call: {
        "network_faults": ((account, signed_name(call), "stale", times), (account, signed_name(call), "hollow", times))
    }


def _ended(call: Call) -> StatusAndCode:
    return "error", ENDED.get(call.service, ("ValidationException", ""))[0]


def _code(of_xml: str, of_json: str) -> Callable[[Call], str]:
    return lambda call: of_xml if uses_xml(call) else of_json


def _skew(call: Call) -> str:
    odd = {"ec2": "RequestExpired"} | dict.fromkeys(REST_XML_SERVICES, "RequestTimeTooSkewed")
    return odd.get(call.service) or ("SignatureDoesNotMatch" if uses_xml(call) else "InvalidSignatureException")


def _expired(times: int) -> FaultOptions:
    return lambda account, call: {"errors": ((account, signed_name(call), _EXPIRED(call), times),)}


_EXPIRED = _code("ExpiredToken", "ExpiredTokenException")
_BROKEN: dict[str, Callable[[Call], StatusAndCode]] = {
    "reset": lambda call: ("error", "ConnectionClosedError"),
    "slow": lambda call: ("error", "ReadTimeoutError"),
    "html": lambda call: UNREADABLE,
    "cut": lambda call: UNREADABLE,
    "other": lambda call: UNREADABLE,
    "odd": lambda call: UNREADABLE,
    "empty": lambda call: UNREADABLE,
    "skew": lambda call: ("error", _skew(call)),
}
KINDS: dict[str, Kind] = {
    "denied": Kind(
        lambda account, call: {"deny": ((account, signed_name(call)),)},
        lambda call: ("denied", DENIED_CODES.get(call.service, "AccessDeniedException")),
        lasting=True,
    ),
    "throttled_a_minute": Kind(_throttled(60.0), lambda call: OK),
    "throttled_for_ever": Kind(
        _throttled(1e9), lambda call: ("throttled", THROTTLING.get(call.service, "ThrottlingException")), lasting=True
    ),
    "500_twice": Kind(_error(500, 2), lambda call: OK),
    "500_for_ever": Kind(_error(500, FOREVER), lambda call: ("error", "InternalFailure"), lasting=True),
    **{f"{name}_once": Kind(_network_fault(name, 1), lambda call: OK) for name in _BROKEN},
    **{
        f"{name}_for_ever": Kind(_network_fault(name, FOREVER), expected, lasting=True)
        for name, expected in _BROKEN.items()
    },
    "torn_once": Kind(_network_fault("torn", 1), lambda call: OK, is_report),
    "torn_for_ever": Kind(_network_fault("torn", FOREVER), lambda call: UNREADABLE, is_report, lasting=True),
    "base64_once": Kind(_network_fault("base64", 1), lambda call: OK, is_report),
    "base64_for_ever": Kind(_network_fault("base64", FOREVER), lambda call: UNREADABLE, is_report, lasting=True),
    "expired_once": Kind(_expired(1), lambda call: ("expired", _EXPIRED(call))),  # ok with an assumed role
    "expired_for_ever": Kind(_expired(FOREVER), lambda call: ("expired", _EXPIRED(call)), lasting=True),
    "marker_expired_once": Kind(_stale_page(1), lambda call: OK, has_pages),
    "marker_expired_for_ever": Kind(_stale_page(FOREVER), _ended, has_pages, lasting=True),
    "marker_expired_midway": Kind(
        _network_fault("stale", 1), lambda call: OK, lambda call: signed_name(call) in LONG, page_size=1
    ),
    "marker_expired_midway_for_ever": Kind(
        _network_fault("stale", FOREVER), _ended, lambda call: signed_name(call) in LONG, page_size=1
    ),
    "pages_without_items": Kind(_network_fault("hollow", 3), lambda call: OK, has_pages),
    "same_page_for_ever": Kind(_network_fault("stuck", FOREVER), lambda call: ("error", "SamePageTwice"), has_pages),
    "gone_meanwhile": Kind(
        lambda account, call: {"errors": ((account, signed_name(call), missing_code(call), 1),)},
        lambda call: OK,
        lambda call: bool(missing_code(call)),
    ),
}
