"""Ask STS: in the region of the session, or in the partition's home region where STS is not active in the former.

STS can be deactivated in a region (RegionDisabledException), and a region that the account has not enabled refuses the
credentials as if they were unknown (InvalidClientTokenId). Neither says anything about the credentials themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from iamsql.aws.client import ApiClient, CallStats, Request
from iamsql.aws.errors import POLICY_REFUSED, STS_INACTIVE, UNREADABLE, Fault, RequestFailed
from iamsql.aws.sessions import AssumedSession, assumed_session
from iamsql.model import IamsqlError


async def send_sts(
    traveller: ApiClient,
    who: AssumedSession,
    operation: str,
    params: Mapping[str, Any],
    tally: CallStats,
    absent: Any = (),
) -> Any:
    """Return the answer of STS; the region that answered is used for all further requests.

    Raises Failed. What kept the session's region from answering is told where the home region does not answer either.
    """
    door = traveller.door
    region, home = door.region, door.home

    async def ask(where: str) -> Any:
        return await traveller.send(who, Request("sts", operation, where, dict(params), absent), tally)

    try:
        return await ask(region)
    except RequestFailed as failed:
        first = failed.fault
        if not _is_of_region(first) or region == home:
            raise
    try:
        answer = await ask(home)
    except RequestFailed as failed:
        if failed.fault.kind in ("rejected", "error", "throttled") or _is_of_region(failed.fault):
            raise RequestFailed(_both(first, region, failed.fault, home)) from failed
        door.region = home
        raise
    door.region = home
    return answer


async def assume_role(
    traveller: ApiClient,
    who: AssumedSession,
    role_arn: str,
    external_id: str | None = None,
    tally: CallStats | None = None,
    policy: str | None = None,
) -> AssumedSession:
    """Assume a role and return its session; raise IamsqlError that names the role, or Failed where a tally is given.

    `policy` is the session policy: the session may call what the role and the policy both allow.
    """
    params = {"RoleArn": role_arn, "RoleSessionName": "iamsql"}
    params |= {name: text for name, text in (("ExternalId", external_id), ("Policy", policy)) if text}
    try:
        answer = await send_sts(traveller, who, "AssumeRole", params, tally or CallStats())
        if "Credentials" not in answer:
            raise RequestFailed(Fault("error", UNREADABLE, "The answer to AssumeRole holds no credentials."))
    except RequestFailed as error:
        failed = _explained(error)
        if tally is not None:
            raise failed from error
        advice = "" if failed is not error else "\nLet its trust policy name the caller."
        raise IamsqlError(f"The role {role_arn} cannot be assumed: {failed}{advice}") from error
    return assumed_session(who, role_arn, answer, policy)


def _explained(failed: RequestFailed) -> RequestFailed:
    """Return the failure; where AWS refuses the session policy, name the option that leaves it out."""
    fault = failed.fault
    if fault.code not in POLICY_REFUSED:
        return failed
    words = f"{fault.message} The session policy of iamsql can be left out with --no-session-policy."
    return RequestFailed(replace(fault, message=words))


def _is_of_region(fault: Fault) -> bool:
    """Tell whether the same request may succeed in another region."""
    return fault.code == STS_INACTIVE or fault.kind == "rejected"


def _both(first: Fault, region: str, second: Fault, home: str) -> Fault:
    """Return the fault of a request that failed in both regions; credentials that both refuse are wrong."""
    if first.code != STS_INACTIVE:
        return second
    words = f"STS is not active in {region} ({first.code}: {first.message})"
    return Fault(second.kind, first.code, f"{words}, and {home} answered {second.code}: {second.message}")
