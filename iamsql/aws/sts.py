"""Requests to STS: in the session's region, or in the partition's home region if STS is not active in the session's region.

STS can be deactivated in a region (RegionDisabledException), and a region that the account has not enabled rejects valid
credentials as unknown (InvalidClientTokenId). Neither means that the credentials are invalid.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from iamsql.aws.client import ApiClient, CallStats, Request
from iamsql.aws.errors import POLICY_ERROR_CODES, STS_INACTIVE_CODE, UNREADABLE_CODE, Fault, RequestFailedError
from iamsql.aws.sessions import AccountSession, assumed_session
from iamsql.logs import fields
from iamsql.logs.redaction import hide_values

LOG = logging.getLogger(__name__)


async def send_sts(
    api: ApiClient,
    session: AccountSession,
    operation: str,
    params: Mapping[str, Any],
    stats: CallStats,
    empty_on: tuple[str, ...] = (),
) -> Any:
    """Return the response of STS. The region that answered is used for all later requests.

    Raise RequestFailedError. If the home region also fails, the fault contains both reasons.
    """
    sessions = api.sessions
    region, home_region = sessions.region, sessions.home_region
    request = Request("sts", operation, region, dict(params), empty_on)
    try:
        return await api.send(session, request, stats)
    except RequestFailedError as failed:
        first_fault = failed.fault
        if not _may_succeed_elsewhere(first_fault) or region == home_region:
            raise
    try:
        response = await api.send(session, replace(request, region=home_region), stats)
    except RequestFailedError as failed:
        if failed.fault.fault_type in ("rejected", "error", "throttled") or _may_succeed_elsewhere(failed.fault):
            raise RequestFailedError(_combine_faults(first_fault, region, failed.fault, home_region)) from failed
        sessions.region = home_region  # STS is active there: it processed the request, and denied it for example
        raise
    sessions.region = home_region
    return response


async def assume_role(
    api: ApiClient,
    session: AccountSession,
    role_arn: str,
    external_id: str | None,
    stats: CallStats,
    policy: str | None,
) -> AccountSession:
    """Assume a role and return its session. Its permissions are the intersection of the role's policies and `policy`.

    Raise RequestFailedError. If AWS refuses the session policy, the message names the option that omits the policy.
    """
    hide_values(external_id)  # which STS quotes in some of its errors
    LOG.info("Assuming a role.", extra=fields(account_id=role_arn.split(":")[4], role=role_arn))
    # CloudTrail records the session name with each request of the session.
    params = {"RoleArn": role_arn, "RoleSessionName": "iamsql"}
    params |= {name: text for name, text in (("ExternalId", external_id), ("Policy", policy)) if text}
    try:
        response = await send_sts(api, session, "AssumeRole", params, stats)
    except RequestFailedError as failed:
        if failed.fault.code not in POLICY_ERROR_CODES:
            raise
        message = f"{failed.fault.message} The session policy of iamsql can be left out with no_session_policy in iamsql.toml."
        raise RequestFailedError(replace(failed.fault, message=message)) from failed
    if "Credentials" not in response:
        raise RequestFailedError(Fault("error", UNREADABLE_CODE, "The response to AssumeRole has no credentials."))
    return assumed_session(session, role_arn, response, policy, external_id)


async def renew_session(api: ApiClient, session: AccountSession) -> AccountSession:
    """Assume the role of a session again, after renewing the session that assumed it where necessary.

    Raise RequestFailedError.
    """
    assumed_by = session.assumed_by or api.sessions.caller
    if assumed_by.expires_soon():
        assumed_by = await renew_session(api, assumed_by)
    return await assume_role(api, assumed_by, session.role_arn, session.external_id, CallStats(), session.policy)


def _may_succeed_elsewhere(fault: Fault) -> bool:
    """Return whether the same request may succeed in another region."""
    return fault.code == STS_INACTIVE_CODE or fault.fault_type == "rejected"


def _combine_faults(first_fault: Fault, region: str, second_fault: Fault, home_region: str) -> Fault:
    """Return the fault of a request that failed in both regions; credentials that both reject are wrong."""
    if first_fault.code != STS_INACTIVE_CODE:
        return second_fault
    message = f"STS is not active in {region} ({first_fault.code}: {first_fault.message})"
    return Fault(
        second_fault.fault_type,
        first_fault.code,
        f"{message}, and {home_region} answered {second_fault.code}: {second_fault.message}",
    )
