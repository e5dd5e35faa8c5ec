"""Check what finds the accounts: the role that reads the organization, and each call of the organization."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.aws.client import CallStats
from iamsql.aws.errors import NOT_REQUESTED, RequestFailedError
from iamsql.aws.organization_model import Organization
from iamsql.aws.plan import CallResult
from iamsql.aws.sts import assume_role
from iamsql.model import Call, IamsqlError
from iamsql.sync.context import SyncRun
from iamsql.sync.doctor.denials import assume_step, parse_principal
from iamsql.sync.doctor.model import Row, Rows, State, error_row, failed_row, ok, present, warning
from iamsql.sync.doctor.permission_rows import permission_rows
from iamsql.sync.doctor.permissions import Outcome, PermissionTrial
from iamsql.sync.organization import ORG_CALLS, READER_CALLS
from iamsql.sync.selection import check_regions, select_accounts


async def organization_role(state: State) -> Rows:
    """Assume the role of `org_role`; the caller reads the organization without it."""
    check, options = "organization role", state.options.sync
    run, org = present(state.run), present(state.org)
    if not options.org_role:
        return [ok(check, "No org_role is given: the caller reads the organization.")]
    caller, policy = run.api.sessions.caller, run.policies.organization(org.partition)
    try:
        org.reader = await assume_role(run.api, caller, options.org_role, options.external_id, CallStats(), policy)
    except RequestFailedError as error:
        step = assume_step(options.org_role, org.caller_arn, error.fault, options.external_id, org.organization_id)
        return [failed_row(check, f"{options.org_role}: {error}", step)]
    return [ok(check, options.org_role, org.reader.account_id)]


async def organization(state: State) -> Rows:
    """Read the organization as a sync does, and try the other calls of the organization."""
    check, run, org = "organization", present(state.run), present(state.org)
    await run.reader.read(org)
    account = org.management or org.caller_account
    described = org.results[ORG_CALLS.organization].stats.faults
    if described and described[0].fault_type == "not_applicable":
        step = "None, if only this account is to be read; otherwise use credentials of the management account."
        detail = "The account is not a member of an organization: a sync reads only this account."
        return [warning(check, detail, step, account), *_check_selection(state)]
    outcomes = [_read_outcome(call, org) for call in READER_CALLS if call in org.results and not call.implicit]
    outcomes += await _try_other_calls(run, org) if org.management else []
    principal = parse_principal(org.reader.role_arn or org.caller_arn)
    permissions = permission_rows("organization permissions", account, principal, outcomes)
    if not org.management or org.results[ORG_CALLS.accounts].stats.faults:
        rows = _unread_rows(org, permissions)
    else:
        units = len({parent for item in org.accounts for parent in item.parents[1:]})
        detail = f"{org.organization_id}: {len(org.accounts)} accounts, {units} organizational units with accounts"
        rows = [ok(check, detail, account), *permissions]
    return [*rows, *_check_selection(state)]


def _unread_rows(org: Organization, permissions: list[Row]) -> list[Row]:
    """Return the rows of an organization that could not be read completely."""
    detail = org.notes[0] if org.notes else "The organization could not be read completely."
    step = "Allow the actions below; the complete policy: iamsql role --kind management"
    return [failed_row("organization", detail, step, org.management or org.caller_account), *permissions]


def _read_outcome(call: Call, org: Organization) -> Outcome:
    """Return the outcome of a call that the reader of the organization made."""
    result: CallResult = org.results[call]
    fault = result.stats.faults[0] if result.stats.faults else None
    if fault and fault.fault_type == NOT_REQUESTED:
        return Outcome(call.permission, org.home_region, call, reason=f"{fault.code} failed")
    return Outcome(
        call.permission, org.home_region, call, fault if fault and fault.fault_type != "not_applicable" else None
    )


async def _try_other_calls(run: SyncRun, org: Organization) -> list[Outcome]:
    """Try the calls of the organization, except the calls that find the accounts."""
    on_demand_tables = run.on_demand_tables
    calls = [
        call
        for call in run.calls
        if call.org
        and not call.implicit
        and call not in READER_CALLS
        and (not call.on_demand or call.raw in on_demand_tables)
    ]
    items = {
        (raw, org.home_region): list(parents)
        for result in org.results.values()
        for raw, parents in result.parents.items()
    }

    async def send(request: object, stats: CallStats) -> object:
        return await run.api.send(org.reader, request, stats)  # type: ignore[arg-type]

    trial = PermissionTrial(send, run.plan(org), org.management, org.partition, items)
    return await trial.run(calls)


def _check_selection(state: State) -> Sequence[Row]:
    """Keep only the accounts of --account in the state, and compare --region with the regions that exist."""
    run, org, options = present(state.run), present(state.org), state.options.sync
    try:
        org.accounts = select_accounts(org.accounts, options)
    except IamsqlError as error:
        return [error_row("accounts", error, "Correct --account.")]
    try:
        check_regions(run.api.sessions, org, options.regions)
    except IamsqlError as error:
        return [error_row("regions", error)]
    return []
