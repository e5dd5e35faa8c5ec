"""The rows of the permissions that were tried: one for each that is missing, or one for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iamsql.aws.errors import Fault
from iamsql.sync.doctor.denials import allow_step, denying_policy
from iamsql.sync.doctor.model import Row, failed_row, ok, warning, with_full_stop
from iamsql.sync.doctor.permissions import Outcome, is_fallback, needs_fallback

# The caller is in an account that may not call the operation, regardless of its policies.
NOT_DELEGATED = ("AccountNotManagementOrDelegatedAdministratorException", "CallerIsNotManagementAccountException")


def permission_rows(
    check: str, account_id: str, principal: str, outcomes: Sequence[Outcome], *, fresh: bool = False
) -> list[Row]:
    """Return a row for each action that was denied or failed, and a row with the number of allowed actions if no action failed.

    `principal` is the ARN to allow the actions to.
    """
    refused = {outcome.action for outcome in outcomes if outcome.fault}
    rows = [
        _outcome_row(check, account_id, principal, outcome, outcome.fault, refused, fresh)
        for outcome in _merge_regions(outcomes)
        if outcome.fault
    ]
    if any(row.status == "failed" for row in rows):
        return rows
    tried = [outcome for outcome in outcomes if not outcome.reason]
    allowed = sum(outcome.is_allowed for outcome in tried)
    detail = f"{allowed} of {len(tried)} permissions"
    if untried := {outcome.action: outcome.reason for outcome in outcomes if outcome.reason}:
        first, reason = next(iter(untried.items()))
        omitted = f" and {len(untried) - 1} more" if len(untried) > 1 else ""
        detail += f"; skipped: {first}{omitted}, because {reason}"
    return [*rows, ok(check, detail, account_id)]


def _merge_regions(outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    """Yield the failed outcomes: one for each action and error code, with all its regions."""
    regions: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        if outcome.fault:
            regions.setdefault((outcome.action, outcome.fault.code), []).append(outcome.region)
    for outcome in outcomes:
        action_regions = regions.pop((outcome.action, outcome.fault.code), None) if outcome.fault else None
        if action_regions:
            yield outcome._replace(region=", ".join(action_regions))


def _outcome_row(
    check: str, account_id: str, principal: str, outcome: Outcome, fault: Fault, refused: set[str], fresh: bool
) -> Row:
    call, action = outcome.call, outcome.action
    in_region = f" in {outcome.region}" if call.regional else ""
    if fault.fault_type != "denied":
        step = (
            "Try again: iamsql doctor"
            if fault.fault_type != "expired"
            else "Sign in again, for example with: aws sso login"
        )
        return failed_row(check, f"{action}{in_region} failed: {fault.code}: {fault.message}", step, account_id)
    if fault.code in NOT_DELEGATED:
        step = (
            "Run iamsql in the management account, or name a role there: org_role in the section [sync] of iamsql.toml."
        )
        return warning(check, f"{action} is not allowed in this account ({fault.code}).", step, account_id)
    policy = denying_policy(fault.message)
    detail = (
        f"{action} is denied{in_region}" + (f" ({policy})" if policy else "") + f": {with_full_stop(fault.message)}"
    )
    step = allow_step(action, principal, fault.message)
    if is_fallback(call) and not needs_fallback(call, refused, fresh):
        main = call.fallback_for.permission if call.fallback_for else ""
        return warning(check, f"{detail} A sync calls it only if {main} is denied.", step, account_id)
    return failed_row(check, detail, step, account_id)
