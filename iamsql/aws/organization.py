"""Who there is: the caller, the organization with its units, every account, and which of them the run is to read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from iamsql.aws.client import ApiClient, CallStats, PageTokens, Request, items_of
from iamsql.aws.errors import UNREADABLE, Fault, RequestFailed, not_asked, unknown_caller, why_alone
from iamsql.aws.plan import ItemWriter, Parent
from iamsql.aws.sessions import HOME, AssumedSession, SessionFactory, iso
from iamsql.aws.sts import assume_role, send_sts
from iamsql.canonical_json import verbatim
from iamsql.model import Account, Call, IamsqlError


@dataclass(frozen=True)
class OrgCalls:
    """The calls of the walk, as the tables declare them."""

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
    """What the walk found. `notes` are sentences for the user; `tallies` how each call fared."""

    caller_arn: str
    caller_account: str
    partition: str
    reader: AssumedSession
    organization_id: str = ""
    management: str = ""
    accounts: list[Account] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tallies: dict[tuple[str, str], CallStats] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """Name the region of the partition's IAM."""
        return HOME.get(self.partition, "us-east-1")


class OrganizationReader:
    """One walk over the organization, landing what it reads under the management account."""

    def __init__(self, door: SessionFactory, traveller: ApiClient, calls: OrgCalls) -> None:
        """Keep the way to ask; what is read is kept until `land` hands it over."""
        self._door, self._traveller, self._calls = door, traveller, calls
        self._landed: list[tuple[str, str, list[str], str]] = []

    async def identify(
        self,
        org_role: str | None,
        external_id: str | None = None,
        session_policy: Callable[[str], str | None] = lambda _: None,
    ) -> Organization:
        """Ask who the caller is, and hop to the role that reads the organization where one is named.

        `session_policy` returns the policy of that role's session in a partition.
        """
        tally, call = CallStats(), self._calls.caller
        try:
            answer = await send_sts(self._traveller, self._door.own, call.operation, {}, tally, call.absent)
            arn, account_id = (_only([answer[name]] if name in answer else [], call) for name in ("Arn", "Account"))
        except RequestFailed as failed:
            raise unknown_caller(failed.fault) from failed
        org = Organization(arn, account_id, arn.split(":")[1], self._door.own)
        org.tallies[call.service, call.operation] = tally
        self._keep(call, "{}", items_of(answer, call.items), tally)
        if org_role:
            policy = session_policy(org.partition)
            org.reader = await assume_role(self._traveller, self._door.own, org_role, external_id, policy=policy)
        return org

    async def read(self, org: Organization) -> Organization:
        """List the organization's accounts with their units; outside one, or denied, the caller's account alone."""
        calls = self._calls
        try:
            described = _only(await self._list(org, calls.organization, {}), calls.organization)
        except RequestFailed as failed:
            return _alone(org, calls.organization, failed.fault)
        org.organization_id, org.management = described["Id"], described["MasterAccountId"]
        try:
            listed = await self._list(org, calls.accounts, {})
        except RequestFailed as failed:
            return _alone(org, calls.accounts, failed.fault)
        placed, *_ = await asyncio.gather(
            self._tree(org), self._optional(org, calls.delegated), self._optional(org, calls.features)
        )
        org.accounts = [_account(item, placed.get(item["Id"], ((), ""))) for item in listed]
        return org

    def land(self, org: Organization, lands: ItemWriter) -> None:
        """Hand over what was read, under the management account, or the caller's where that is not known."""
        for raw, bound, items, at in self._landed:
            account = org.caller_account if raw == self._calls.caller.raw else org.management or org.caller_account
            lands.write_items(raw, account, "global", bound, items, at)

    def listed(self, call: Call) -> list[Parent]:
        """Give the items of one of its lists, each with what it was asked by."""
        kept = [(json.loads(bound), items) for raw, bound, items, _ in self._landed if raw == call.raw]
        return [(bound, json.loads(item)) for bound, items in kept for item in items]

    async def _tree(self, org: Organization) -> dict[str, tuple[tuple[str, ...], str]]:
        """Map each account to the ids above it and the names of its units; empty where the tree may not be read."""
        calls, placed = self._calls, dict[str, tuple[tuple[str, ...], str]]()
        walked = (calls.roots, calls.units, calls.children)
        try:
            above: list[tuple[tuple[str, ...], str]] = []
            for root in await self._list(org, calls.roots, {}):
                above.append(((root["Id"],), ""))
            while above:
                ids, path = above.pop(0)
                parent = {"ParentId": ids[-1]}
                for child in await self._list(org, calls.children, parent):
                    placed[child["Id"]] = (ids, path)
                for unit in await self._list(org, calls.units, parent):
                    above.append(((*ids, unit["Id"]), f"{path}/{unit['Name']}".lstrip("/")))
        except RequestFailed as failed:
            org.notes.append(f"The units of the organization could not be read in full: {failed}")
            tallies = [org.tallies.setdefault((one.service, one.operation), CallStats()) for one in walked]
            failing = next(one for one, tally in zip(walked, tallies, strict=True) if tally.faults)
            for tally in tallies[1:]:  # neither the units nor the accounts were listed of every unit
                tally.faults = tally.faults or [not_asked(failing.operation, failed.fault)]
        return placed

    async def _optional(self, org: Organization, call: Call) -> None:
        """Read a list that the rest does not stand on; its coverage says when it failed."""
        with suppress(RequestFailed):
            await self._list(org, call, {})

    async def _list(self, org: Organization, call: Call, bound: dict[str, str]) -> list[dict[str, Any]]:
        """Give a list's items, kept for landing with those before a noted fault; an ended marker starts it anew, once."""
        tally = org.tallies.setdefault((call.service, call.operation), CallStats())
        pages: list[list[Any]] = []
        try:
            try:
                await self._pages(org, call, bound, tally, pages)
            except RequestFailed as failed:
                if failed.fault.kind != "marker":
                    raise
                pages.clear()
                await self._pages(org, call, bound, tally, pages)
        except RequestFailed as failed:
            if failed.fault.kind != "absent":
                tally.faults.append(failed.fault)
                raise
        finally:
            for items in pages:
                self._keep(call, verbatim(bound), items, tally)
        return [item for items in pages for item in items]

    async def _pages(
        self, org: Organization, call: Call, bound: dict[str, str], tally: CallStats, pages: list[list[Any]]
    ) -> None:
        """Read a list's pages one after the other."""
        params, markers = dict(call.params) | bound, PageTokens()
        while True:
            answer = await self._ask(org.reader, call, tally, org.home, params)
            marker = markers.next_params(answer)
            pages.append(items_of(answer, call.items))
            if not marker:
                return
            params |= marker

    async def _ask(self, who: AssumedSession, call: Call, tally: CallStats, region: str, params: dict[str, Any]) -> Any:
        request = Request(call.service, call.operation, region, params, call.absent)
        return await self._traveller.send(who, request, tally)

    def _keep(self, call: Call, bound: str, items: list[Any], tally: CallStats) -> None:
        tally.items += len(items)
        self._landed.append((call.raw, bound, [verbatim(item) for item in items], iso(time.time())))


def select_accounts(
    accounts: Sequence[Account],
    only: Sequence[str],
    without: Sequence[str],
    units: Sequence[str],
    skip_units: Sequence[str],
    states: Sequence[str],
) -> list[Account]:
    """Mark the selected accounts; raise IamsqlError for an account or unit that the organization does not list."""
    known = {account.account_id for account in accounts}
    places = {parent for account in accounts for parent in account.parents}
    for given, there, what in (
        ((*only, *without), known, "account"),
        ((*units, *skip_units), places, "unit with accounts"),
    ):
        if missing := [one for one in given if one not in there]:
            raise IamsqlError(
                f"The organization lists no {what} {', '.join(missing)}.\n`iamsql sync --dry-run` shows what it lists."
            )

    def wanted(account: Account) -> bool:
        inside = set(account.parents)
        return (
            (not only or account.account_id in only)
            and account.account_id not in without
            and (not units or bool(inside & set(units)))
            and not inside & set(skip_units)
            and (not states or account.state in states)
        )

    return [replace(account, selected=wanted(account)) for account in accounts]


def _account(item: dict[str, Any], place: tuple[tuple[str, ...], str]) -> Account:
    """Read State, and the retired Status where there is none; neither is a state of its own, ''."""
    state = str(item.get("State") or item.get("Status") or "")
    return Account(item["Id"], item.get("Name", ""), item.get("Email", ""), state, place[1], place[0])


def _alone(org: Organization, call: Call, fault: Fault) -> Organization:
    """Fall back to the caller's own account and say why."""
    org.accounts = [Account(org.caller_account)]
    org.notes.append(why_alone(org.caller_account, org.caller_arn, call.permission, fault))
    return org


def _only(found: Sequence[Any], call: Call) -> Any:
    """Give the one item of an answer that has one; raise Failed when it is not there."""
    if len(found) != 1:
        raise RequestFailed(
            Fault("error", UNREADABLE, f"The answer to {call.operation} holds {len(found)} items and not one.")
        )
    return found[0]
