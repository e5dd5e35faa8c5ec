"""Read one account's lists: page after page, with credentials that last, each page landed as it comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from iamsql.aws.client import ApiClient, CallStats, PageTokens, Request, items_of, next_page
from iamsql.aws.credential_report import unfinished
from iamsql.aws.errors import Fault, RequestFailed
from iamsql.aws.plan import CallResult, ItemWriter
from iamsql.aws.sessions import AssumedSession, iso
from iamsql.canonical_json import verbatim
from iamsql.model import Call

Renew = Callable[[AssumedSession], Awaitable[AssumedSession]]
Hear = Callable[[Call, list[Any]], None]


class AccountClient:
    """Asks in one account's name; roles that end are assumed again."""

    def __init__(
        self, traveller: ApiClient, lands: ItemWriter, entered: AssumedSession, renew: Renew, home: str
    ) -> None:
        """Keep the way in; `home` is the region whose refusals are about the credentials, not about the region."""
        self.traveller, self.lands, self.entered, self.home = traveller, lands, entered, home
        self._renew = renew
        self._renewing = asyncio.Lock()

    async def send(self, request: Request, tally: CallStats, read: Callable[[Any], Any] = lambda x: x) -> Any:
        """Ask with credentials that last; a role's that ended nevertheless are renewed once."""
        for again in (True, False):
            entered = await self._lasting()
            try:
                return await self.traveller.send(entered, request, tally, read)
            except RequestFailed as failed:
                if failed.fault.kind not in ("expired", "rejected"):
                    raise
                if failed.fault.kind == "rejected" and request.region != self.home:
                    raise RequestFailed(_not_enabled(request.region, failed.fault)) from failed
                if not again or entered.expires is None:
                    self.traveller.expired = failed.fault if entered.expires is None else self.traveller.expired
                    raise
                entered.expires = 0.0
        raise AssertionError("unreachable")

    async def _lasting(self) -> AssumedSession:
        async with self._renewing:
            if self.entered.expires_soon():
                self.entered = await self._renew(self.entered)
            return self.entered

    async def pages(
        self,
        calls: Sequence[Call],
        outcome: CallResult,
        bound: dict[str, Any],
        extra: dict[str, Any],
        hear: Hear = lambda call, items: None,
        forget: Callable[[], None] = lambda: None,
        enough: Callable[[list[Any]], bool] = lambda items: False,
    ) -> bool:
        """Ask page after page of one list and land each; a marker that has ended starts the list again, once.

        An answer that comes from a job is asked for again until it is done.
        `hear` is told the items of each call, `forget` that they were dropped; answer False when `enough`, which is told
        each page's items, ended the list before its end.
        """
        call, where = calls[0], verbatim(bound)
        params = first = dict(call.params) | bound | extra
        markers, restarted, waited, own = PageTokens(), False, 0, 0
        while True:
            request = Request(call.service, call.operation, outcome.region, params, call.absent)
            try:
                job, found, marker = await self.send(request, outcome.stats, lambda answer: _read(calls, answer))
            except RequestFailed as failed:
                if failed.fault.kind != "marker" or restarted:
                    raise
                outcome.stats.items -= own
                restarted, params, markers, own = True, first, PageTokens(), 0
                for one in calls:
                    self.lands.delete_items(one.raw, self.entered.account_id, outcome.region, where)
                forget()
                continue
            if wait := unfinished(job, waited):
                waited += 1
                await asyncio.sleep(wait)
                continue
            marker = markers.taken(marker)  # before its page is landed: where markers go in a circle, so do pages
            at = iso(time.time())
            for one, items, texts in found:
                outcome.stats.items += len(texts)
                own += len(texts)
                self.lands.write_items(one.raw, self.entered.account_id, outcome.region, where, texts, at)
                hear(one, items)
            if not marker:
                return True
            if enough(found[0][1]):
                return False
            params = {**params, **marker}


def _read(
    calls: Sequence[Call], answer: dict[str, Any]
) -> tuple[dict[str, Any], list[tuple[Call, list[Any], list[str]]], dict[str, str]]:
    """Take how far the answer's job is, the items for each call that reads it with their texts, and the next page's marker."""
    job: dict[str, Any] = {name: answer[name] for name in ("JobStatus", "Error") if name in answer}
    found = [(one, items_of(answer, one.items)) for one in calls]
    return job, [(one, items, [verbatim(item) for item in items]) for one, items in found], dict(next_page(answer))


def _not_enabled(region: str, fault: Fault) -> Fault:
    """Say of credentials that are refused in one region alone what it means: the account has not enabled it (assumed)."""
    words = f"The region {region} is not enabled in this account ({fault.code}: {fault.message})"
    return Fault("not_applicable", "region_not_enabled", words)
