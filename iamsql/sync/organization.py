"""Collect the data of the organization other than its accounts, such as policies, while the accounts are collected.

The session that reads the organization makes these calls. Items and coverage belong to the management account. If the
accounts could not be listed, only calls of tables that the user named are made. The IAM action catalog is written here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import ApiClient, CallStats
from iamsql.aws.collect import Collector
from iamsql.aws.errors import Fault, RequestFailed, not_requested, status_of
from iamsql.aws.organization import Organization, OrganizationReader, OrgCalls
from iamsql.aws.plan import AccountItems, CallResult, CollectionPlan, ItemWriter, set_status
from iamsql.iam_actions import ActionCatalog, is_installed
from iamsql.model import Account, Call
from iamsql.runfile.rows import CoverageRow
from iamsql.schema.names import ALL_TABLES, match_tables
from iamsql.schema.tables import _calls as calls
from iamsql.store.writer import RunWriter
from iamsql.sync.account_sessions import AccountSessions
from iamsql.sync.coverage import coverage_row, merge_rows

ORG_CALLS = OrgCalls(calls.CALLER, *calls.ORGANIZATION_CALLS)
READER_CALLS = frozenset(vars(ORG_CALLS).values())
ACTION_TABLE = "aws_iam_action"
TRUST_REPORT = Fault("skipped", "trust_report", "Not requested: --trust-report makes as few calls as possible.")


def organization_rows(org: Organization) -> list[CoverageRow]:
    """Return the coverage of the calls that found the accounts."""
    by_operation = {(call.service, call.operation): call for call in vars(ORG_CALLS).values()}
    requested = [by_operation[key] for key in org.stats]
    missing = [call for call in by_operation.values() if call not in requested and not call.implicit and _failure(org)]
    return [coverage_row(_account(org), _reader_result(org, call)) for call in (*requested, *missing)]


async def collect_organization(
    api: ApiClient,
    reader: OrganizationReader,
    org: Organization,
    plan: CollectionPlan,
    sessions: AccountSessions,
    writer: RunWriter,
) -> list[CoverageRow]:
    """Make the calls that the reader did not make. Record and return their coverage, including calls that are not made."""
    account = _account(org)
    wanted = [call for call in plan.calls if call.org and not call.implicit and call not in READER_CALLS]
    reason = _failure(org) or (TRUST_REPORT if plan.trust_report else None)
    skipped = [call for call in wanted if reason and not call.on_demand and call.raw not in plan.named]
    calls = tuple(call for call in wanted if call not in skipped)
    results = [_not_made(call, org, reason) for call in skipped if reason]
    try:
        if calls:
            client = AccountClient(api, await sessions.reader(), org.home)
            results += await _collect(client, reader, org, replace(plan, calls=calls, of_organization=True), writer)
    except RequestFailed as failed:  # the session that reads the organization cannot be renewed
        results += [_not_made(call, org, not_requested("AssumeRole", failed.fault)) for call in calls]
    rows = merge_rows([coverage_row(account, result) for result in results])
    writer.journal.add(rows)
    return rows


async def _collect(
    client: AccountClient, reader: OrganizationReader, org: Organization, plan: CollectionPlan, writer: ItemWriter
) -> Sequence[CallResult]:
    """Make the calls of a plan, with the results of the reader's calls as parents."""
    collector = Collector(client, plan, AccountItems(writer, _account(org).account_id, "global"))
    for parent in {call.parent for call in plan.calls if call.parent and call.parent in READER_CALLS}:
        collector.set_result(_reader_result(org, parent), reader.items(parent))
    async for _ in collector.run():  # the results are needed together, when all calls have finished
        pass
    return collector.results()


def _account(org: Organization) -> Account:
    """Return the account under which the organization is recorded: the management account, else the caller's."""
    account_id = org.management or org.caller_account
    return next((account for account in org.accounts if account.account_id == account_id), Account(account_id))


def _failure(org: Organization) -> Fault | None:
    """Return why the accounts could not be listed, so that no further call of the organization is made; None if they were."""
    for call in (ORG_CALLS.organization, ORG_CALLS.accounts):
        stats = org.stats.get((call.service, call.operation))
        if stats and stats.faults:
            fault = stats.faults[0]
            return fault if fault.kind == "not_applicable" else not_requested(call.operation, fault)
    return None


def _not_made(call: Call, org: Organization, fault: Fault) -> CallResult:
    return CallResult(call, org.home, status_of(fault), fault=fault)


def _reader_result(org: Organization, call: Call) -> CallResult:
    """Return the result of a call of the reader."""
    stats = org.stats.get((call.service, call.operation))
    if stats is None and (failure := _failure(org)):
        return _not_made(call, org, failure)
    result = CallResult(call, org.home, stats=stats or CallStats())
    set_status(result, 0)
    return result


def open_action_catalog(tables: Sequence[str]) -> ActionCatalog | None:
    """Open the catalog of IAM actions if its table is selected, or None if a pattern or `all` selects a missing catalog.

    Raises IamsqlError if the table is named and the catalog is not installed.
    """
    is_selected = ACTION_TABLE in tables or (
        is_installed() and not {ALL_TABLES, ACTION_TABLE}.isdisjoint(match_tables(tables))
    )
    return ActionCatalog() if is_selected else None


def write_action_catalog(
    catalog: ActionCatalog | None, org: Organization, writer: RunWriter, synced_at: str
) -> list[CoverageRow]:
    """Write every IAM action under the management account; return the row of coverage."""
    if catalog is None:
        return []
    account, call, items = _account(org), calls.ACTIONS, 0
    for service in catalog.services():
        writer.write_items(call.raw, account.account_id, "global", service.bound, service.items, synced_at)
        items += len(service.items)
    return [CoverageRow(account.account_id, account.name, "global", call.service, call.operation, "ok", items=items)]
