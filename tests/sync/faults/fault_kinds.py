"""Every kind of fault: what the room is told, what becomes of the call, and which calls it can befall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from iamsql.demo.errors import DENIED
from iamsql.demo.protocol import QUERY, model
from iamsql.model import Call
from tests.fake_aws.faults import THROTTLING
from tests.fake_aws.network_faults import ENDED

EVER = 1_000_000
SIGNS = {"sso-admin": "sso", "accessanalyzer": "access-analyzer"}  # the services that sign by another name
# Lists that have several pages of one item each where they are asked.
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

Told = tuple[str, str | None]  # status and code of coverage
Disturbs = Callable[[str, Call], dict[str, Any]]  # gives the room's faults, of an account and a call


def asked(call: Call) -> str:
    """Name an operation with the service that its requests are signed for."""
    return f"{SIGNS.get(call.service, call.service)}:{call.operation}"


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    `faults` gives the room's, of an account and a call; `told` what coverage says of the call that it befell;
    `befalls` tells whether it can. With `lasting` no request for the call succeeds, so that it has no rows at all.
    """

    faults: Disturbs
    told: Callable[[Call], Told]
    befalls: Callable[[Call], bool] = lambda call: True
    lasting: bool = False
    page_size: int = 0


def paged(call: Call) -> bool:
    """Tell whether an operation's answers come in pages of items, by botocore's model."""
    if not call.items:
        return False
    shape = model(call.service).operation_model(call.operation)
    names = {"NextToken", "nextToken", "Marker", "ContinuationToken"}
    return bool(names & set(shape.input_shape.members if shape.input_shape else ())) and call.service != "s3"


def xml(call: Call) -> bool:
    """Tell whether a service answers in XML."""
    return call.service in (*QUERY, "s3")


def report(call: Call) -> bool:
    """Tell whether an answer is a report in base64."""
    return call.operation == "GetCredentialReport"


def gone(call: Call) -> str:
    """Name the code with which AWS says of a call that what it asks about is not there, '' for none."""
    return next((code for code in call.empty_on if ":" not in code), "") if call.parent else ""


def _mishap(kind: str, times: int) -> Disturbs:
    return lambda account, call: {"network_faults": ((account, asked(call), kind, times),)}


def _error(what: int | str, times: int) -> Disturbs:
    return lambda account, call: {"errors": ((account, asked(call), what, times),)}


def _throttled(seconds: float) -> Disturbs:
    return lambda account, call: {"throttle_for": ((account, asked(call), seconds),)}


def _stale(times: int) -> Disturbs:
    """Give a page without items and a next marker, which has ended when it is used."""
    return lambda account, call: {
        "network_faults": ((account, asked(call), "stale", times), (account, asked(call), "hollow", times))
    }


def _ended(call: Call) -> Told:
    return "error", ENDED.get(call.service, ("ValidationException", ""))[0]


def _code(of_xml: str, of_json: str) -> Callable[[Call], str]:
    return lambda call: of_xml if xml(call) else of_json


def _skew(call: Call) -> str:
    odd = {"ec2": "RequestExpired", "s3": "RequestTimeTooSkewed"}
    return odd.get(call.service) or ("SignatureDoesNotMatch" if xml(call) else "InvalidSignatureException")


def _expired(times: int) -> Disturbs:
    return lambda account, call: {"errors": ((account, asked(call), _EXPIRED(call), times),)}


_EXPIRED = _code("ExpiredToken", "ExpiredTokenException")
_BROKEN: dict[str, Callable[[Call], Told]] = {
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
        lambda account, call: {"deny": ((account, asked(call)),)},
        lambda call: ("denied", DENIED.get(call.service, "AccessDeniedException")),
        lasting=True,
    ),
    "throttled_a_minute": Kind(_throttled(60.0), lambda call: OK),
    "throttled_for_ever": Kind(
        _throttled(1e9), lambda call: ("throttled", THROTTLING.get(call.service, "ThrottlingException")), lasting=True
    ),
    "500_twice": Kind(_error(500, 2), lambda call: OK),
    "500_for_ever": Kind(_error(500, EVER), lambda call: ("error", "InternalFailure"), lasting=True),
    **{f"{name}_once": Kind(_mishap(name, 1), lambda call: OK) for name in _BROKEN},
    **{f"{name}_for_ever": Kind(_mishap(name, EVER), told, lasting=True) for name, told in _BROKEN.items()},
    "torn_once": Kind(_mishap("torn", 1), lambda call: OK, report),
    "torn_for_ever": Kind(_mishap("torn", EVER), lambda call: UNREADABLE, report, lasting=True),
    "base64_once": Kind(_mishap("base64", 1), lambda call: OK, report),
    "base64_for_ever": Kind(_mishap("base64", EVER), lambda call: UNREADABLE, report, lasting=True),
    "expired_once": Kind(_expired(1), lambda call: ("expired", _EXPIRED(call))),  # ok in an account that a role enters
    "expired_for_ever": Kind(_expired(EVER), lambda call: ("expired", _EXPIRED(call)), lasting=True),
    "marker_expired_once": Kind(_stale(1), lambda call: OK, paged),
    "marker_expired_for_ever": Kind(_stale(EVER), _ended, paged, lasting=True),
    "marker_expired_midway": Kind(_mishap("stale", 1), lambda call: OK, lambda call: asked(call) in LONG, page_size=1),
    "marker_expired_midway_for_ever": Kind(
        _mishap("stale", EVER), _ended, lambda call: asked(call) in LONG, page_size=1
    ),
    "pages_without_items": Kind(_mishap("hollow", 3), lambda call: OK, paged),
    "same_page_for_ever": Kind(_mishap("stuck", EVER), lambda call: ("error", "SamePageTwice"), paged),
    "gone_meanwhile": Kind(
        lambda account, call: {"errors": ((account, asked(call), gone(call), 1),)},
        lambda call: OK,
        lambda call: bool(gone(call)),
    ),
}
