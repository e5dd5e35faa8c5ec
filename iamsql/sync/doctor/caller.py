"""Check the caller: the source of the credentials, the identity, their expiry, and the clock of this machine."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from iamsql.aws.client import CallStats
from iamsql.aws.errors import MAX_SKEW, STS_INACTIVE_CODE, Fault, RequestFailedError, clock_offset, describe_offset
from iamsql.aws.settings import (
    PROVIDER_DESCRIPTIONS,
    SIGN_IN_PROVIDERS,
    caller_credentials,
    credential_provider,
    seconds_left,
)
from iamsql.aws.sts import send_sts
from iamsql.model import IamsqlError
from iamsql.sync.doctor.model import Rows, State, error_row, failed_row, ok, present, skipped_row, warning

USUAL_SECONDS = 900.0  # assumed duration of a first sync
CORRECT_CLOCK = "Correct the clock of this machine: turn on time synchronization (NTP)."
UNKNOWN_LEFT = "a session token whose expiry is not known"


async def credentials(state: State) -> Rows:
    """Load the caller's credentials, which may need a request to a sign-in service or to the instance metadata."""
    check = "credentials"
    if state.sessions is None:
        error = state.sessions_error or IamsqlError("No AWS credentials found.")
        return [error_row(check, error, "List the profiles with: aws configure list-profiles")]
    try:
        loaded = await asyncio.to_thread(caller_credentials, state.sessions)
    except RequestFailedError as error:
        return [failed_row(check, f"{_credential_source(state)}: {error.fault.message}", sign_in_step(state))]
    if loaded is None:
        step = "Set AWS_PROFILE or --profile, or sign in with: aws sso login --profile NAME"
        return [failed_row(check, "No AWS credentials found.", step)]
    state.credentials = loaded
    profile = f"profile {state.profile}: " if state.profile else ""
    return [ok(check, f"{profile}{loaded.source}")]


async def identity(state: State) -> Rows:
    """Ask STS for the caller, and compare the clocks with the response."""
    check, run = "identity", present(state.run)
    try:
        response = await send_sts(run.api, run.api.sessions.caller, "GetCallerIdentity", {}, CallStats())
    except RequestFailedError as error:
        fault = error.fault
        if fault.fault_type == "skewed":
            return [skipped_row(check, "AWS rejects the signatures of this machine."), _clock_row(fault)]
        return [failed_row(check, f"{fault.code}: {fault.message}", _identity_step(state, fault))]
    try:
        state.org = await run.reader.identify(None, None, run.policies.organization)
    except IamsqlError as error:
        return [error_row(check, error)]
    return [ok(check, state.org.caller_arn, state.org.caller_account), *_check_expiry(state), *_check_clock(response)]


def sign_in_step(state: State) -> str:
    """Return how to renew the caller's credentials, by their source."""
    provider = credential_provider(state.sessions) if state.sessions else ""
    name = f" --profile {state.profile}" if state.profile else ""
    if provider in SIGN_IN_PROVIDERS:
        return f"aws {'sso login' if provider == 'sso' else 'login'}{name}"
    if provider == "env":
        return "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN to new credentials, or name a --profile."
    if provider in ("iam-role", "container-role"):
        return "Check that the instance or the container still has a role, and that it can reach its metadata service."
    if provider == "custom-process":
        return "Run the command of credential_process in the profile, and correct its error."
    return f"Sign in again, for example with: aws sso login{name or ' --profile NAME'}"


def _credential_source(state: State) -> str:
    provider = credential_provider(state.sessions) if state.sessions else ""
    return PROVIDER_DESCRIPTIONS.get(provider, provider or "credentials")


def _identity_step(state: State, fault: Fault) -> str:
    if fault.code == STS_INACTIVE_CODE:
        return "Set AWS_DEFAULT_REGION to a region where STS is active."
    if fault.fault_type in ("expired", "rejected"):
        return sign_in_step(state)
    return "Check the credentials, the region and the network."


def _check_expiry(state: State) -> Rows:
    """Compare the time that the credentials are valid with the duration of a sync."""
    check, credentials = "credential expiry", present(state.credentials)
    remaining, expected = seconds_left(credentials), state.expected_seconds
    usual = expected or USUAL_SECONDS
    compared = f"a sync takes about {_duration_in_words(usual)}" + (
        ", as the last run did" if expected else " (assumed)"
    )
    if remaining is None:
        return [ok(check, UNKNOWN_LEFT if credentials.is_temporary else "long-term credentials do not expire")]
    detail = f"{_duration_in_words(remaining)} left; {compared}"
    if credentials.is_renewed:
        lasting = " while the sign-in lasts" if credentials.provider in SIGN_IN_PROVIDERS else ""
        return [ok(check, f"{detail}; botocore renews these credentials{lasting}")]
    if remaining < usual:
        return [warning(check, detail, f"Renew the credentials before the sync. {sign_in_step(state)}")]
    return [ok(check, detail)]


def _check_clock(response: dict[str, Any]) -> Rows:
    """Compare the clock of this machine with the Date header of a response."""
    check, offset = "clock", clock_offset(response, "")
    if offset is None:
        return [skipped_row(check, "The response of AWS has no Date header.")]
    # The header has whole seconds, and the response took some time.
    offset_text = "less than 5 seconds off" if abs(offset) < timedelta(seconds=5) else describe_offset(offset)
    detail = f"The clock of this machine is {offset_text}."
    if abs(offset) > MAX_SKEW:
        return [failed_row(check, f"{detail} AWS rejects requests that are 5 minutes off.", CORRECT_CLOCK)]
    if abs(offset) > MAX_SKEW / 4:
        return [warning(check, detail, CORRECT_CLOCK)]
    return [ok(check, detail)]


def _clock_row(fault: Fault) -> Any:
    return failed_row("clock", f"{fault.code}: {fault.message}", CORRECT_CLOCK)


def _duration_in_words(seconds: float) -> str:
    """Return a duration in words, such as 15 minutes."""
    if seconds <= 0:
        return "no time"
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
