"""The room: takes a prepared request, finds who signed it, and answers as AWS would, from the estate and its faults."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, NamedTuple

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError

from iamsql.demo import crowd, estate, mishaps, regions, s3, session_policy, wire
from iamsql.demo.answers import LISTS, SINGLES
from iamsql.demo.desk import Desk
from iamsql.demo.desks import desks
from iamsql.demo.directory import Directory
from iamsql.demo.faults import Faults, Mischief, Refusal, denial, gone, unknown
from iamsql.demo.flood import Flood
from iamsql.demo.guardrails import Guardrails
from iamsql.demo.iam import find, group_item
from iamsql.demo.identities import Caller, Gate
from iamsql.demo.pages import Listing, cut, json_page, size_of
from iamsql.demo.people import Site
from iamsql.demo.reports import Reports
from iamsql.demo.trails import Trails
from iamsql.demo.vaults import demo_vaults
from iamsql.demo.wire import Asked

KEPT = 32 * 1024 * 1024
NO_ORGANIZATION = ("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")


class Answered(NamedTuple):
    """What was asked, by which ARN, and how it went: 'ok', an error code, a mishap, or 'broken'."""

    account_id: str
    operation: str
    params: tuple[tuple[str, Any], ...]
    outcome: str
    region: str
    service: str
    principal: str = ""


class Room:
    """A made-up organization for botocore's `before-send` event: register `answer`.

    Without sizes it is the demo organization; with `accounts` and `users_per_account` a uniform one, to which `trail`
    (log files, events in each) gives an organization trail. `caller` chooses another account for the base credentials
    than the management account. `calls` lists every call answered (unless `record` is false), `counts` counts them.
    """

    def __init__(
        self,
        day: date | None = None,
        *,
        faults: Faults | None = None,
        partition: str = "aws",
        accounts: int | None = None,
        users_per_account: int | None = None,
        trail: tuple[int, int] | None = None,
        caller: str = "",
        record: bool = True,
    ) -> None:
        self.day = day or datetime.now(UTC).date()
        self.now = datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)
        self.faults = faults or Faults()
        uniform = accounts is not None or users_per_account is not None
        plain = crowd.sites(accounts or 20, users_per_account or 50) if uniform else estate.sites()
        sites = [replace(site, day=self.day, partition=partition) for site in plain]
        self.directory = Directory(sites, state_field=self.faults.state_field)
        self.calls: list[Answered] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.record = record
        self._mischief = Mischief(self.faults)
        self._mishaps = mishaps.Mishaps(self.faults.mishaps)
        self._lock = threading.Lock()
        self._number = self._kept = 0
        self._reports = Reports(self.faults.failed_jobs, self.faults.page_size)
        self._bodies: dict[tuple[Any, ...], bytes] = {}
        self._gate = Gate(self.directory, self.faults, caller)
        self._trails = Trails(self.directory, organization=not uniform or trail is not None, own=not uniform)
        self._desks = desks(self._trails)
        self._guardrails = Guardrails(self.directory)
        vaults = {} if uniform else demo_vaults(self.directory)
        if trail:
            flood = Flood(self.directory, *trail).vault()
            vaults[flood.name] = flood
        self._shelf = s3.Shelf(vaults, self.faults, small=not uniform)

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        """Answer a request of botocore."""
        if self.faults.latency:
            time.sleep(self.faults.latency)
        with self._lock:
            self._number += 1
            number = self._number
        account_id, principal, outcome = "", "", "ok"
        asked = Asked("", "", wire.service_of(request.url), "", ())
        try:
            asked = wire.read(request)
            caller = self._gate.identify(asked, number)
            account_id, principal = caller.site.account_id, caller.arn
            if number in self.faults.break_connections:
                outcome = "broken"
                raise ConnectionClosedError(endpoint_url=request.url)
            regions.check(caller.site, asked.service, asked.region)
            session_policy.check(caller.policy, caller.site.partition, caller.arn, asked)
            concerned = mishaps.accounts_of(account_id, asked)
            self._mischief.check(concerned, asked.service, asked.operation, asked.region)
            mishap = self._mishaps.due(concerned, asked)
            outcome = mishap or outcome
            mishaps.befall(mishap, asked, request.url)
            answer = partial(self._answered, request.url, caller, mishaps.opened(asked), mishap)
            return mishaps.garbled(mishap, asked.service, request.url, answer) if mishap else answer()
        except Refusal as refusal:
            outcome = refusal.code
            if asked.service == "s3":
                return s3.refuse(request.url, refusal, head=request.method == "HEAD")
            return wire.refuse(request.url, asked.service, refusal)
        finally:
            self._note(Answered(account_id, asked.operation, asked.params, outcome, *asked[1:3], principal))

    def _answered(self, url: str, caller: Caller, asked: Asked, mishap: str) -> AWSResponse:
        if asked.service == "s3":
            return self._shelf.answer(url, caller, asked)
        return wire.respond(url, asked.service, 200, self._body(caller, asked, mishap))

    def _note(self, answered: Answered) -> None:
        with self._lock:
            self.counts[answered.account_id, answered.operation, answered.outcome] += 1
            if self.record:
                self.calls.append(answered)

    def _body(self, caller: Caller, asked: Asked, mishap: str = "") -> bytes:
        _, region, service, operation, params = asked
        live = service == "sts" or operation in self._reports.answers
        if live or mishap in mishaps.PAGING:
            result = self._live(caller, asked) if live else self._result(caller, asked)
            return wire.body(service, operation, mishaps.paged(mishap, asked, result))
        key = (caller.site.account_id, region, service, operation, params)
        if (found := self._bodies.get(key)) is None:
            found = wire.body(service, operation, self._result(caller, asked))
            self._keep(key, found)
        return found

    def _keep(self, key: tuple[Any, ...], body: bytes) -> None:
        with self._lock:
            if self._kept + len(body) <= KEPT:
                self._kept += len(body)
                self._bodies[key] = body

    def _result(self, caller: Caller, asked: Asked) -> dict[str, Any]:
        params, site = dict(asked.params), caller.site
        if asked.operation in site.denies or (asked.operation, asked.region) in site.denies_in:
            raise denial(
                asked.service, asked.operation, caller.arn, "with an explicit deny in a service control policy"
            )
        if asked.service == "organizations":
            return self._organization(caller, asked.operation, params)
        if asked.service == "iam":
            return self._iam(caller, asked.operation, params)
        if desk := self._desks.get(asked.service):
            return self._at(desk, caller, asked, params)
        raise unknown(asked.service, asked.operation, caller.arn)

    def _iam(self, caller: Caller, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        site = caller.site
        if operation == "ListOrganizationsFeatures":
            self._check_features(caller)
        if self.faults.delete_user == (site.account_id, params.get("UserName")):
            raise gone("user", params["UserName"])
        if operation in SINGLES:
            return SINGLES[operation](site, params)
        if operation not in LISTS:
            raise unknown("iam", operation, caller.arn)
        return self._listing(site, operation, params, LISTS[operation])

    def _listing(self, site: Site, operation: str, params: dict[str, Any], listing: Listing) -> dict[str, Any]:
        size = size_of("iam", params, listing.demo_page if site.small else 0, self.faults.page_size)
        page = cut("iam", operation, params, listing.of(site, params), size, gap=False)
        result: dict[str, Any] = {"IsTruncated": page.token is not None, "Marker": page.token}
        written = [listing.write(site, one) for one in page.items]
        if not listing.members:
            return result | {listing.member: written} | _group(site, operation, params)
        return result | {name: [item for member, item in written if member == name] for name in listing.members}

    def _at(self, desk: Desk, caller: Caller, asked: Asked, params: dict[str, Any]) -> dict[str, Any]:
        site, operation = caller.site, asked.operation
        if operation in desk.singles:
            return desk.singles[operation](site, asked.region, params)
        if operation not in desk.lists:
            raise unknown(asked.service, operation, caller.arn)
        member, source = desk.lists[operation]
        found = source(site, asked.region, params)
        size = size_of(asked.service, params, desk.page if site.small else 0, self.faults.page_size)
        return json_page(member, cut(asked.service, operation, params, found, size, gap=False), desk.token)

    def _organization(self, caller: Caller, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        self._check_organization(caller, operation)
        singles = {"DescribeOrganization": self.directory.describe} | self._guardrails.singles
        if operation in singles:
            return singles[operation](params)
        lists = self.directory.lists | self._guardrails.lists
        if operation not in lists:
            raise unknown("organizations", operation, caller.arn)
        member, source = lists[operation]
        small = caller.site.small
        size = size_of("organizations", params, 5 if small else 0, self.faults.page_size)
        gap = small and operation == "ListAccounts"
        return json_page(member, cut("organizations", operation, params, source(params), size, gap=gap))

    def _check_features(self, caller: Caller) -> None:
        if self.faults.no_organization:
            raise Refusal("OrganizationNotFoundException", "The account is in no organization.", 404)
        if self.faults.deny_organizations:
            raise denial("iam", "ListOrganizationsFeatures", caller.arn)
        if caller.site is not self.directory.management and "iam.amazonaws.com" not in caller.site.administers:
            raise Refusal("AccountNotManagementOrDelegatedAdministratorException", "Ask from the management account.")

    def _check_organization(self, caller: Caller, operation: str) -> None:
        if self.faults.no_organization:
            raise Refusal(*NO_ORGANIZATION)
        trusted = caller.site is self.directory.management or bool(caller.site.administers)
        open_to_all = operation == "DescribeOrganization"
        if self.faults.deny_organizations or not (trusted or open_to_all):
            raise denial("organizations", operation, caller.arn)

    def _live(self, caller: Caller, asked: Asked) -> dict[str, Any]:
        _, _, service, operation, params = asked
        if operation in caller.site.denies:
            raise denial(service, operation, caller.arn, "with an explicit deny in a service control policy")
        if operation == "GetCallerIdentity":
            return {"UserId": caller.user_id, "Account": caller.site.account_id, "Arn": caller.arn}
        if operation == "AssumeRole":
            return self._gate.assume(caller, dict(params))
        if operation in self._reports.answers:
            return self._reports.answers[operation](caller.site, dict(params))
        raise unknown(service, operation, caller.arn)


def _group(site: Site, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"Group": group_item(site, find("Group", site, params))} if operation == "GetGroup" else {}
