"""Notes and errors about an organization or a caller that could not be read."""

from __future__ import annotations

from iamsql.aws.errors import STS_INACTIVE_CODE, Fault
from iamsql.model import Call, IamsqlError


def only_caller_note(account_id: str, caller_arn: str, call: Call, fault: Fault) -> str:
    """Return the note about an organization that could not be read, so only the caller's account is read."""
    note = f"The organization could not be read, so only account {account_id} is read: {fault.code}: {fault.message}"
    if fault.fault_type == "not_applicable":
        note = f"Account {account_id} is not a member of an organization: only this account is read."
    elif fault.fault_type == "denied":
        denied = f"{call.permission} is denied to {caller_arn} ({fault.code})."
        note = f"The organization could not be read, so only account {account_id} is read: {denied}"
    return note


def incomplete_note(count: int, fault: Fault) -> str:
    """Return the note about a list of accounts that failed after `count` accounts."""
    reason = f"{fault.code}: {fault.message}"
    return f"The list of accounts is incomplete, so only the {count} accounts that AWS listed are read: {reason}"


def caller_error(fault: Fault) -> IamsqlError:
    """Return the error for a failed GetCallerIdentity, with the next step."""
    message = f"{fault.code}: {fault.message}"
    if fault.fault_type == "skewed":
        return IamsqlError(f"AWS rejects the signatures of this machine: {message}\nCorrect its clock, and sync again.")
    if fault.code == STS_INACTIVE_CODE:
        return IamsqlError(f"{fault.message}\nSet AWS_DEFAULT_REGION to a region where STS is active, and sync again.")
    if fault.fault_type in ("expired", "rejected"):
        return IamsqlError(
            f"The AWS credentials are expired or invalid: {message}\nSign in again (`aws sso login`), or name another --profile."
        )
    return IamsqlError(f"GetCallerIdentity failed: {message}\nCheck the credentials, the region and the network.")
