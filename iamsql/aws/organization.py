"""Find the caller, the organization, its organizational units and its accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from iamsql.aws.client import ApiClient, CallStats
from iamsql.aws.errors import POLICY_REFUSED, STS_INACTIVE, UNREADABLE, Fault, RequestFailed, not_requested
from iamsql.aws.items import AccountItems, ItemWriter
from iamsql.aws.paginate import collect_pages, items_of
from iamsql.aws.plan import CallResult
from iamsql.aws.sessions import AccountSession
from iamsql.aws.sts import assume_role, send_sts
from iamsql.canonical_json import canonical_json
from iamsql.model import Account, Call, IamsqlError
from iamsql.partitions import home_region


@dataclass(frozen=True)
class OrgCalls:
    """The calls that find the accounts, as the tables declare them; `units` and `children` list those of one parent."""

    caller: Call
    organization: Call
    accounts: Call
    roots: Call
    units: Call
    children: Call
    delegated: Call
    features: Call


@dataclass
class Organization:
    """The organization. `notes` are sentences for the user; `results` are those of the calls that found it.

    `reader` is the session that reads the organization: the caller's, or that of --org-role.
    """

    caller_arn: str
    caller_account: str
    partition: str
    reader: AccountSession
    organization_id: str = ""
    management: str = ""
    accounts: list[Account] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    results: dict[Call, CallResult] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """Return the home region of the partition's IAM."""
        return home_region(self.partition)


class _Placement(NamedTuple):
    """The place of an account: the IDs of its root and organizational units from the top, and the names of the latter."""

    parents: tuple[str, ...] = ()
    path: str = ""


@dataclass
class _WaitingItems:
    """Items of responses that wait until the management account, which owns them, and the run file are known."""

    responses: list[tuple[str, str, Sequence[str], str]] = field(default_factory=list)

    def write_items(
        self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str
    ) -> None:
        self.responses.append((raw, bound, items, synced_at))

    def delete_items(self, raw: str, account_id: str, region: str, bound: str | None = None) -> None:
        self.responses = [response for response in self.responses if response[:2] != (raw, bound)]


class OrganizationReader:
    """Reads the organization. The items wait in memory, until `write`."""

    def __init__(self, api: ApiClient, calls: OrgCalls) -> None:
        """Read with these calls."""
        self._api, self._calls = api, calls
        self._waiting = _WaitingItems()
        self._items = AccountItems(self._waiting, "", {call.raw for call in vars(calls).values()}, region="global")

    async def identify(
        self, org_role: str | None, external_id: str | None, session_policy: Callable[[str], str | None]
    ) -> Organization:
        """Identify the caller, and assume the role that reads the organization if one is named.

        `session_policy(partition)` returns the session policy of that role. Raises IamsqlError.
        """
        stats, call, caller = CallStats(), self._calls.caller, self._api.sessions.caller
        try:
            answer = await send_sts(self._api, caller, call.operation, {}, stats, call.empty_on)
            arn, account_id = (_single([answer[name]] if name in answer else [], call) for name in ("Arn", "Account"))
        except RequestFailed as failed:
            raise _caller_error(failed.fault) from failed
        # The ARN of the caller is the only source of the partition, which determines the home region of IAM.
        org = Organization(arn, account_id, arn.split(":")[1], caller)
        result = org.results[call] = CallResult(call, org.home, stats=stats)
        items = items_of(answer, call.items)
        result.stats.items = len(items)
        self._items.write(call.raw, org.home, "{}", [canonical_json(item) for item in items])
        if org_role:
            policy = session_policy(org.partition)
            try:
                org.reader = await assume_role(self._api, caller, org_role, external_id, CallStats(), policy)
            except RequestFailed as failed:
                is_policy = failed.fault.code in POLICY_REFUSED
                advice = "" if is_policy else "\nAdd the caller to the trust policy of the role."
                raise IamsqlError(f"The role {org_role} cannot be assumed: {failed}{advice}") from failed
        return org

    async def read(self, org: Organization) -> Organization:
        """List the accounts with their units; only the caller's account if there is no organization or it is denied."""
        calls = self._calls
        try:
            described = _single(await self._list(org, calls.organization, {}), calls.organization)
        except RequestFailed as failed:
            return _only_caller(org, calls.organization, failed.fault)
        org.organization_id, org.management = described["Id"], described["MasterAccountId"]
        try:
            listed = await self._list(org, calls.accounts, {})
        except RequestFailed as failed:
            return _only_caller(org, calls.accounts, failed.fault)
        # The tree of organizational units takes the most requests, one after the other.
        placements, *_ = await asyncio.gather(
            self._placements(org), self._list_optional(org, calls.delegated), self._list_optional(org, calls.features)
        )
        org.accounts = [_account(item, placements.get(item["Id"], _Placement())) for item in listed]
        return org

    def write(self, org: Organization, writer: ItemWriter) -> None:
        """Write all items under the management account, or the caller's if the former is unknown."""
        for raw, bound, texts, synced_at in self._waiting.responses:
            account = org.caller_account if raw == self._calls.caller.raw else org.management or org.caller_account
            writer.write_items(raw, account, "global", bound, texts, synced_at)

    async def _placements(self, org: Organization) -> dict[str, _Placement]:
        """Map account IDs to their place in the organization; incomplete, with a note, if a call fails."""
        calls, placements = self._calls, dict[str, _Placement]()
        try:
            waiting = [_Placement((root["Id"],)) for root in await self._list(org, calls.roots, {})]
            while waiting:
                place = waiting.pop(0)
                params = {"ParentId": place.parents[-1]}
                for child in await self._list(org, calls.children, params):
                    placements[child["Id"]] = place
                for unit in await self._list(org, calls.units, params):
                    path = f"{place.path}/{unit['Name']}".lstrip("/")
                    waiting.append(_Placement((*place.parents, unit["Id"]), path))
        except RequestFailed as failed:
            org.notes.append(f"The organizational units could not be read completely: {failed}")
            tree = (calls.roots, calls.units, calls.children)
            results = [org.results.setdefault(call, CallResult(call, org.home)) for call in tree]
            failing = next(result.call for result in results if result.stats.faults)
            for result in results[1:]:  # units below the failed one, and their accounts, were not listed
                result.stats.faults = result.stats.faults or [not_requested(failing.operation, failed.fault)]
        return placements

    async def _list_optional(self, org: Organization, call: Call) -> None:
        """List items that nothing else depends on. A failure is recorded in the coverage of the call only."""
        with suppress(RequestFailed):
            await self._list(org, call, {})

    async def _list(self, org: Organization, call: Call, params: dict[str, str]) -> list[dict[str, Any]]:
        """Return the items of a list. Raises RequestFailed; the pages that were read before are written nevertheless."""
        result, items = org.results.setdefault(call, CallResult(call, org.home)), list[dict[str, Any]]()
        try:
            async for page in collect_pages(partial(self._api.send, org.reader), [call], result, self._items, params):
                if page is None:
                    items.clear()
                else:
                    items += page.content[0].items
        except RequestFailed as failed:
            if failed.fault.kind != "absent":
                result.stats.faults.append(failed.fault)
                raise
        return items


def _account(item: dict[str, Any], place: _Placement) -> Account:
    """Return an account of ListAccounts. Its state is State, or the deprecated Status, or '' without both."""
    state = str(item.get("State") or item.get("Status") or "")
    return Account(item["Id"], item.get("Name", ""), item.get("Email", ""), state, place.path, place.parents)


def _only_caller(org: Organization, call: Call, fault: Fault) -> Organization:
    """Fall back to the caller's own account, with a note that says why."""
    account_id = org.caller_account
    note = f"The organization could not be read, so only account {account_id} is read: {fault.code}: {fault.message}"
    if fault.kind == "not_applicable":
        note = f"Account {account_id} is not a member of an organization: only this account is read."
    elif fault.kind == "denied":
        denied = f"{call.permission} is denied to {org.caller_arn} ({fault.code})."
        note = f"The organization could not be read, so only account {account_id} is read: {denied}"
    org.accounts = [Account(account_id)]
    org.notes.append(note)
    return org


def _single(found: Sequence[Any], call: Call) -> Any:
    """Return the only item. Raises RequestFailed for a response without an item or with several."""
    if len(found) != 1:
        message = f"The response to {call.operation} has {len(found)} items instead of one."
        raise RequestFailed(Fault("error", UNREADABLE, message))
    return found[0]


def _caller_error(fault: Fault) -> IamsqlError:
    """Return the error for a failed GetCallerIdentity, with the next step."""
    message = f"{fault.code}: {fault.message}"
    if fault.kind == "skewed":
        return IamsqlError(f"AWS rejects the signatures of this machine: {message}\nCorrect its clock, and sync again.")
    if fault.code == STS_INACTIVE:
        return IamsqlError(f"{fault.message}\nSet AWS_REGION to a region in which STS is active, and sync again.")
    if fault.kind in ("expired", "rejected"):
        return IamsqlError(
            f"The AWS credentials are expired or invalid: {message}\nSign in again (`aws sso login`), or name another --profile."
        )
    return IamsqlError(f"GetCallerIdentity failed: {message}\nCheck the credentials, the region and the network.")
