"""Find the caller, the organization, its organizational units and its accounts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

from iamsql.aws.client import ApiClient, CallStats
from iamsql.aws.errors import POLICY_ERROR_CODES, UNREADABLE_CODE, Fault, RequestFailedError, unrequested_fault
from iamsql.aws.items import AccountItems, ItemWriter
from iamsql.aws.organization_errors import caller_error, incomplete_note, only_caller_note
from iamsql.aws.organization_items import OrganizationItems
from iamsql.aws.organization_model import Organization, OrgCalls
from iamsql.aws.paginate import collect_pages, search_items
from iamsql.aws.plan import CallResult
from iamsql.aws.sts import assume_role, send_sts
from iamsql.canonical_json import canonical_json
from iamsql.logs import fields
from iamsql.model import Account, Call, IamsqlError

LOG = logging.getLogger(__name__)
Result = TypeVar("Result")


class _Placement(NamedTuple):
    """The position of an account: the IDs of its root and organizational units from the top, and the names of the units."""

    parents: tuple[str, ...] = ()
    path: str = ""


class OrganizationReader:
    """Reads the organization in steps: the caller, the organization, its accounts, and its organizational units.

    The items wait in memory, until `write`.
    """

    def __init__(self, api: ApiClient, calls: OrgCalls) -> None:
        """Read with these calls."""
        self._api, self._calls = api, calls
        self._organization_items = OrganizationItems(calls.caller.raw)
        self._items = AccountItems(
            self._organization_items, "", {call.raw for call in vars(calls).values()}, region="global"
        )
        self._placements: dict[str, _Placement] = {}  # by account ID

    async def identify(
        self, org_role: str | None, external_id: str | None, session_policy: Callable[[str], str | None]
    ) -> Organization:
        """Identify the caller, and assume the role that reads the organization if one is named.

        `session_policy(partition)` returns the session policy of that role. Raise IamsqlError.
        """
        stats, call, caller = CallStats(), self._calls.caller, self._api.sessions.caller
        try:
            response = await send_sts(self._api, caller, call.operation, {}, stats, call.empty_on)
            arn, account_id = (
                _only_item([response[name]] if name in response else [], call) for name in ("Arn", "Account")
            )
        except RequestFailedError as failed:
            raise caller_error(failed.fault) from failed
        # The ARN of the caller is the only source of the partition, which determines the home region of IAM.
        org = Organization(arn, account_id, arn.split(":")[1], caller)
        result = org.results[call] = CallResult(call, org.home_region, stats=stats)
        items = search_items(response, call.items)
        result.stats.items = len(items)
        self._items.write(call.raw, org.home_region, "{}", [canonical_json(item) for item in items])
        if org_role:
            policy = session_policy(org.partition)
            try:
                org.reader = await assume_role(self._api, caller, org_role, external_id, CallStats(), policy)
            except RequestFailedError as failed:
                is_policy = failed.fault.code in POLICY_ERROR_CODES
                advice = "" if is_policy else "\nAdd the caller to the trust policy of the role."
                raise IamsqlError(f"The role {org_role} cannot be assumed: {failed}{advice}") from failed
        return org

    async def read(self, org: Organization) -> None:
        """Read the organization, its accounts and their units: the following three steps, one after the other."""
        await self.describe(org)
        async for _ in self.list_accounts(org):
            pass
        await self.read_units(org)

    async def describe(self, org: Organization) -> None:
        """Describe the organization. If there is none, or if it is denied, only the caller's account is read, with a note."""
        try:
            organization = _only_item(
                await self._list_items(org, self._calls.organization, {}), self._calls.organization
            )
        except RequestFailedError as failed:
            _read_only_caller(org, self._calls.organization, failed.fault)
        else:
            org.organization_id, org.management = organization["Id"], organization["MasterAccountId"]

    async def list_accounts(self, org: Organization) -> AsyncIterator[list[Account]]:
        """Add the accounts to the organization, and yield the accounts of each page when AWS has listed them.

        Their units are not known yet. If the list fails, the accounts of earlier pages are read; without such accounts, the
        caller's account is read.
        """
        if not org.organization_id:
            yield org.accounts
            return
        call, listed_ids = self._calls.accounts, set[str]()
        result = org.results.setdefault(call, CallResult(call, org.home_region))
        try:
            async for page in self._item_pages(org, result, {}):
                # A list that starts again lists the accounts of its first pages again.
                accounts = [_parse_account(item) for item in (page or ()) if item["Id"] not in listed_ids]
                listed_ids |= {account.account_id for account in accounts}
                org.accounts += accounts
                if accounts:
                    yield accounts
        except RequestFailedError as failed:
            result.stats.faults.append(failed.fault)
            if not org.accounts:
                _read_only_caller(org, call, failed.fault)
                yield org.accounts
            else:
                org.notes.append(incomplete_note(len(org.accounts), failed.fault))
        LOG.info("The list of accounts ended.", extra=fields(account_id=org.management, accounts=len(org.accounts)))

    async def read_units(self, org: Organization) -> None:
        """Read the organizational units, delegated administrators and features, and set the units of the accounts.

        Nothing is requested if the accounts could not be listed.
        """
        calls = self._calls
        if not org.organization_id or org.results[calls.accounts].stats.faults:
            return
        await asyncio.gather(
            self._read_tree(org), self._list_optional(org, calls.delegated), self._list_optional(org, calls.features)
        )
        placements = self._placements
        org.accounts = [
            _place_account(account, placements.get(account.account_id, _Placement())) for account in org.accounts
        ]

    def write(self, org: Organization, writer: ItemWriter) -> None:
        """Write all items under the management account: the items that wait, and the items of later responses.

        The caller's account replaces an unknown management account.
        """
        self._organization_items.write_to(writer, org.caller_account, org.management or org.caller_account)

    async def _read_tree(self, org: Organization) -> None:
        """Read the accounts and the units below each root, level by level; a note says if a call fails."""
        calls = self._calls
        try:
            placements_of_level = [_Placement((root["Id"],)) for root in await self._list_items(org, calls.roots, {})]
            while placements_of_level:
                children = await _gather_all(self._read_unit(org, placement) for placement in placements_of_level)
                placements_of_level = [placement for placements in children for placement in placements]
        except RequestFailedError as failed:
            org.notes.append(f"The organizational units could not be read completely: {failed}")
            tree_calls = (calls.roots, calls.units, calls.children)
            results = [org.results.setdefault(call, CallResult(call, org.home_region)) for call in tree_calls]
            failed_call = next(result.call for result in results if result.stats.faults)
            for result in results[1:]:  # units below the failed one, and their accounts, were not listed
                result.stats.faults = result.stats.faults or [unrequested_fault(failed_call.operation, failed.fault)]

    async def _read_unit(self, org: Organization, placement: _Placement) -> list[_Placement]:
        """Store the placement of the accounts of a root or unit, and return the placements of its units."""
        params = {"ParentId": placement.parents[-1]}
        children, units = await _gather_all(
            self._list_items(org, call, params) for call in (self._calls.children, self._calls.units)
        )
        self._placements |= {child["Id"]: placement for child in children}
        return [
            _Placement((*placement.parents, unit["Id"]), f"{placement.path}/{unit['Name']}".lstrip("/"))
            for unit in units
        ]

    async def _list_optional(self, org: Organization, call: Call) -> None:
        """List items that no other call depends on. A failure is recorded only in the coverage of the call."""
        with suppress(RequestFailedError):
            await self._list_items(org, call, {})

    async def _list_items(self, org: Organization, call: Call, params: dict[str, str]) -> list[dict[str, Any]]:
        """Return the items of a list. Raise RequestFailedError; the pages that were read before are written nevertheless."""
        result, items = org.results.setdefault(call, CallResult(call, org.home_region)), list[dict[str, Any]]()
        try:
            async for page in self._item_pages(org, result, params):
                if page is None:
                    items.clear()
                else:
                    items += page
        except RequestFailedError as failed:
            if failed.fault.fault_type != "absent":
                result.stats.faults.append(failed.fault)
                raise
        return items

    async def _item_pages(
        self, org: Organization, result: CallResult, params: dict[str, str]
    ) -> AsyncIterator[list[dict[str, Any]] | None]:
        """Yield the items of each page; None if the list starts again and the earlier pages are void. Raise RequestFailedError."""
        send = partial(self._api.send, org.reader)
        async for page in collect_pages(send, [result.call], result, self._items, params):
            yield page and page.content[0].items


async def _gather_all(requests: Iterable[Awaitable[Result]]) -> list[Result]:
    """Return the results of concurrent requests. If some fail, raise the first failure after all have ended."""
    results = await asyncio.gather(*requests, return_exceptions=True)
    if failures := [result for result in results if isinstance(result, BaseException)]:
        raise failures[0]
    return results  # type: ignore[return-value]


def _parse_account(item: dict[str, Any]) -> Account:
    """Return an account of ListAccounts. Its state is State, or the deprecated Status, or '' without both."""
    state = str(item.get("State") or item.get("Status") or "")
    return Account(item["Id"], item.get("Name", ""), item.get("Email", ""), state)


def _place_account(account: Account, placement: _Placement) -> Account:
    return replace(account, ou_path=placement.path, parents=placement.parents)


def _read_only_caller(org: Organization, call: Call, fault: Fault) -> None:
    """Fall back to the caller's own account, with a note that says why."""
    org.accounts = [Account(org.caller_account)]
    org.notes.append(only_caller_note(org.caller_account, org.caller_arn, call, fault))


def _only_item(items: Sequence[Any], call: Call) -> Any:
    """Return the only item. Raise RequestFailedError for a response without an item or with several."""
    if len(items) != 1:
        message = f"The response to {call.operation} has {len(items)} items instead of one."
        raise RequestFailedError(Fault("error", UNREADABLE_CODE, message))
    return items[0]
