"""Find the caller, the organization, its organizational units and its accounts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from iamsql.aws.client import ApiClient, CallStats, Request
from iamsql.aws.errors import UNREADABLE, Fault, RequestFailed, caller_error, not_requested, single_account_reason
from iamsql.aws.paginate import items_of, paginate
from iamsql.aws.plan import ItemWriter, Parent
from iamsql.aws.sessions import HOME_REGIONS, AccountSession
from iamsql.aws.sts import assume_role, send_sts
from iamsql.aws.timestamps import iso_time
from iamsql.canonical_json import canonical_json
from iamsql.model import Account, Call


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
    """The organization. `notes` are sentences for the user; `stats` maps service and operation to the counts of the call.

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
    stats: dict[tuple[str, str], CallStats] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """Return the home region of the partition's IAM."""
        return HOME_REGIONS.get(self.partition, "us-east-1")


class _Placement(NamedTuple):
    """The place of an account: the IDs of its root and organizational units from the top, and the names of the latter."""

    parents: tuple[str, ...] = ()
    path: str = ""


class _Page(NamedTuple):
    """Items of one response, until they are written."""

    raw: str
    bound: str
    texts: list[str]
    synced_at: str


@dataclass
class _SessionClient:
    """Sends requests with one session, which is not renewed."""

    api: ApiClient
    session: AccountSession

    async def send(self, request: Request, stats: CallStats, read: Callable[[Any], Any]) -> Any:
        return await self.api.send(self.session, request, stats, read)


class OrganizationReader:
    """Reads the organization. The items wait in memory until the management account, which owns them, is known."""

    def __init__(self, api: ApiClient, calls: OrgCalls) -> None:
        """Read with these calls."""
        self._api, self._calls = api, calls
        self._pages: list[_Page] = []

    async def identify(
        self,
        org_role: str | None,
        external_id: str | None = None,
        session_policy: Callable[[str], str | None] = lambda _: None,
    ) -> Organization:
        """Identify the caller, and assume the role that reads the organization if one is named.

        `session_policy(partition)` returns the session policy of that role. Raises IamsqlError.
        """
        stats, call, caller = CallStats(), self._calls.caller, self._api.sessions.caller
        try:
            answer = await send_sts(self._api, caller, call.operation, {}, stats, call.empty_on)
            arn, account_id = (_single([answer[name]] if name in answer else [], call) for name in ("Arn", "Account"))
        except RequestFailed as failed:
            raise caller_error(failed.fault) from failed
        # The ARN of the caller is the only source of the partition, which determines the home region of IAM.
        org = Organization(arn, account_id, arn.split(":")[1], caller)
        org.stats[call.service, call.operation] = stats
        self._keep(call, "{}", items_of(answer, call.items), stats)
        if org_role:
            policy = session_policy(org.partition)
            org.reader = await assume_role(self._api, caller, org_role, external_id, policy=policy)
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
        for raw, bound, texts, synced_at in self._pages:
            account = org.caller_account if raw == self._calls.caller.raw else org.management or org.caller_account
            writer.write_items(raw, account, "global", bound, texts, synced_at)

    def items(self, call: Call) -> list[Parent]:
        """Return the items of a call, with the parameters of their requests."""
        pages = [(json.loads(page.bound), page.texts) for page in self._pages if page.raw == call.raw]
        return [Parent(params, json.loads(text)) for params, texts in pages for text in texts]

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
            stats = [org.stats.setdefault((call.service, call.operation), CallStats()) for call in tree]
            failing = next(call for call, counts in zip(tree, stats, strict=True) if counts.faults)
            for counts in stats[1:]:  # units below the failed one, and their accounts, were not listed
                counts.faults = counts.faults or [not_requested(failing.operation, failed.fault)]
        return placements

    async def _list_optional(self, org: Organization, call: Call) -> None:
        """List items that nothing else depends on. A failure is recorded in the coverage of the call only."""
        with suppress(RequestFailed):
            await self._list(org, call, {})

    async def _list(self, org: Organization, call: Call, params: dict[str, str]) -> list[dict[str, Any]]:
        """Return the items of a list. Raises RequestFailed; the pages that were read before are written nevertheless."""
        stats = org.stats.setdefault((call.service, call.operation), CallStats())
        request = Request(call.service, call.operation, org.home, dict(call.params) | params, call.empty_on)
        client, pages = _SessionClient(self._api, org.reader), list[list[Any]]()
        try:
            async for page in paginate(client, request, stats, lambda answer: items_of(answer, call.items)):
                if page is None:
                    pages.clear()
                else:
                    pages.append(page.content)
        except RequestFailed as failed:
            if failed.fault.kind != "absent":
                stats.faults.append(failed.fault)
                raise
        finally:  # an incomplete list is written, too
            for items in pages:
                self._keep(call, canonical_json(params), items, stats)
        return [item for items in pages for item in items]

    def _keep(self, call: Call, bound: str, items: list[Any], stats: CallStats) -> None:
        stats.items += len(items)
        self._pages.append(_Page(call.raw, bound, [canonical_json(item) for item in items], iso_time(time.time())))


def _account(item: dict[str, Any], place: _Placement) -> Account:
    """Return an account of ListAccounts. Its state is State, or the deprecated Status, or '' without both."""
    state = str(item.get("State") or item.get("Status") or "")
    return Account(item["Id"], item.get("Name", ""), item.get("Email", ""), state, place.path, place.parents)


def _only_caller(org: Organization, call: Call, fault: Fault) -> Organization:
    """Fall back to the caller's own account, with a note that says why."""
    org.accounts = [Account(org.caller_account)]
    org.notes.append(single_account_reason(org.caller_account, org.caller_arn, call.permission, fault))
    return org


def _single(found: Sequence[Any], call: Call) -> Any:
    """Return the only item. Raises RequestFailed for a response without an item or with several."""
    if len(found) != 1:
        message = f"The response to {call.operation} has {len(found)} items instead of one."
        raise RequestFailed(Fault("error", UNREADABLE, message))
    return found[0]
