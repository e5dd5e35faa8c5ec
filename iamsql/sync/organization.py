"""Collect the data of the organization besides its accounts, such as policies, while the accounts are collected.

The session that reads the organization makes these calls. Items and coverage belong to the management account. If the
accounts could not be listed, only calls of tables that the user named are made. The IAM action catalog is also written here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import replace

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import ApiClient
from iamsql.aws.collect import Collector
from iamsql.aws.errors import Fault, RequestFailedError, coverage_status, unrequested_fault
from iamsql.aws.items import AccountItems
from iamsql.aws.organization_model import Organization, OrgCalls
from iamsql.aws.plan import NOT_SELECTED_FAULT, CallResult, CollectionPlan
from iamsql.model import Account, Call
from iamsql.runs.file.rows import CoverageRow
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.account_sessions import AccountSessions
from iamsql.sync.coverage import coverage_row, merge_rows
from iamsql.sync.shards import Shard, organization_reason
from iamsql.tables.calls import account as calls
from iamsql.tables.iam_actions import ActionCatalog, is_installed
from iamsql.tables.names import ALL_TABLES, match_tables

ORG_CALLS = OrgCalls(calls.CALLER, *calls.ORGANIZATION_CALLS)
READER_CALLS: tuple[Call, ...] = tuple(vars(ORG_CALLS).values())
ACTION_TABLES = frozenset(("aws_iam_action", "aws_iam_action_use"))  # the tables that need the catalog
TRUST_REPORT = Fault("skipped", "trust_report", "Not requested: trust_report makes as few calls as possible.")


def organization_rows(org: Organization, shard: Shard | None = None) -> list[CoverageRow]:
    """Return the coverage of the calls that found the accounts."""
    missing_calls = [call for call in READER_CALLS if call not in org.results and not call.implicit]
    results = [_reader_result(org, call) for call in (*org.results, *(missing_calls if _list_failure(org) else ()))]
    if not _list_failure(org) and (other_shard_fault := _fault_of_other_shard(shard)):
        results += [_result_without_request(call, org, other_shard_fault) for call in missing_calls]
    return [coverage_row(_recorded_account(org), result) for result in results]


async def collect_organization(
    api: ApiClient,
    org: Organization,
    plan: CollectionPlan,
    sessions: AccountSessions,
    writer: RunWriter,
    units: Awaitable[None],
    shard: Shard | None = None,
) -> list[CoverageRow]:
    """Make the calls that the reader does not make. Record and return their coverage, including calls that are not made.

    `units` ends when the reader has read the organizational units. Of several shards, the first makes the calls.
    """
    account = _recorded_account(org)
    organization_calls = [call for call in plan.calls if call.org and not call.implicit and call not in READER_CALLS]
    reason = _list_failure(org) or (TRUST_REPORT if plan.trust_report else None)
    skipped = [
        call for call in organization_calls if reason and not call.on_demand and call.raw not in plan.named_tables
    ]
    calls = tuple(call for call in organization_calls if call not in skipped)
    results = [_result_without_request(call, org, reason) for call in skipped if reason]
    if other_shard_fault := _fault_of_other_shard(shard):
        # Several calls of one operation have one row of coverage.
        selected = {call.operation for call in calls if not call.on_demand or call.raw in plan.named_tables}
        results += [
            _result_without_request(call, org, other_shard_fault if call.operation in selected else NOT_SELECTED_FAULT)
            for call in calls
        ]
        calls = ()
    try:
        if calls:
            plan = replace(plan, calls=calls, of_organization=True)
            client = AccountClient(api, await sessions.reader(), org.home_region)
            items = AccountItems(writer, account.account_id, plan.parent_tables, plan.parent_members, region="global")
            collector = Collector(client, plan, items)
            for parent in {call.parent for call in calls if call.parent and call.parent in READER_CALLS}:
                collector.set_results(parent, _reader_results(org, parent, units))
            async for _ in collector.run():
                pass  # the results are needed together, when all calls have finished
            results += collector.results()
    except RequestFailedError as failed:  # the session that reads the organization cannot be renewed
        results += [_result_without_request(call, org, unrequested_fault("AssumeRole", failed.fault)) for call in calls]
    rows = merge_rows([coverage_row(account, result) for result in results])
    writer.journal.add(rows)
    return rows


def _recorded_account(org: Organization) -> Account:
    """Return the account that the organization is recorded under: the management account, or the caller's if it is unknown."""
    account_id = org.management or org.caller_account
    return next((account for account in org.accounts if account.account_id == account_id), Account(account_id))


def _list_failure(org: Organization) -> Fault | None:
    """Return why the accounts could not be listed: no other call of the organization is then made. None if they were listed."""
    for call in (ORG_CALLS.organization, ORG_CALLS.accounts):
        if call in org.results and (faults := org.results[call].stats.faults):
            return (
                faults[0] if faults[0].fault_type == "not_applicable" else unrequested_fault(call.operation, faults[0])
            )
    return None


def _fault_of_other_shard(shard: Shard | None) -> Fault | None:
    """Return why a shard makes no calls of the organization; None for the first shard, and without shards."""
    if shard is None or shard.reads_organization:
        return None
    return replace(NOT_SELECTED_FAULT, message=organization_reason(shard.total))


def _result_without_request(call: Call, org: Organization, fault: Fault) -> CallResult:
    return CallResult(call, org.home_region, coverage_status(fault), fault=fault)


async def _reader_results(org: Organization, call: Call, units: Awaitable[None]) -> list[CallResult]:
    """Return the result of a call of the reader, when the reader has made it."""
    await units
    return [_reader_result(org, call)]


def _reader_result(org: Organization, call: Call) -> CallResult:
    """Return the result of a call of the reader."""
    if call not in org.results and (failure := _list_failure(org)):
        return _result_without_request(call, org, failure)
    result = org.results.get(call, CallResult(call, org.home_region))
    result.set_status()
    return result


def open_action_catalog(tables: Sequence[str]) -> ActionCatalog | None:
    """Open the catalog of IAM actions if its table is selected, or None if a pattern or `all` selects a missing catalog.

    Raise IamsqlError if the table is named and the catalog is not installed.
    """
    named_tables = ACTION_TABLES.intersection(tables)
    is_selected = named_tables or (is_installed() and not {ALL_TABLES, *ACTION_TABLES}.isdisjoint(match_tables(tables)))
    return ActionCatalog() if is_selected else None


def write_action_catalog(
    catalog: ActionCatalog | None, org: Organization, writer: RunWriter, synced_at: str, shard: Shard | None = None
) -> list[CoverageRow]:
    """Write every IAM action under the management account; return the row of coverage. The first shard writes them."""
    if catalog is None:
        return []
    account, call, items = _recorded_account(org), calls.ACTIONS, 0
    if other_shard_fault := _fault_of_other_shard(shard):
        return [coverage_row(account, _result_without_request(call, org, other_shard_fault))]
    for service in catalog.services():
        writer.write_items(call.raw, account.account_id, "global", service.bound, service.items, synced_at)
        items += len(service.items)
    return [CoverageRow(account.account_id, account.name, "global", call.service, call.operation, "ok", items=items)]
