"""The test double's server: it records every call, and disturbs the answers of the sample organization with faults."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError

from iamsql.demo import SampleOrganization, estate, protocol, s3
from iamsql.demo.auth import Authenticator, Caller
from iamsql.demo.directory import Directory
from iamsql.demo.errors import AwsError, denial, not_found
from iamsql.demo.people import Site
from iamsql.demo.protocol import Request
from iamsql.demo.reports import Reports
from iamsql.demo.services import services
from iamsql.demo.trails import Trails
from iamsql.demo.vaults import Thing
from tests.fake_aws import network_faults, synthetic_organization
from tests.fake_aws.faults import Faults, ServiceFaults
from tests.fake_aws.synthetic_trail import SyntheticTrail

CACHE = 32 * 1024 * 1024  # bytes of answers that are kept for the next request
OLD_STATUS = {"CLOSED": "SUSPENDED", "PENDING_ACTIVATION": "ACTIVE"}  # of the retired `Status`
NO_ORGANIZATION = ("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
NOT_IN_ORGANIZATION = ("OrganizationNotFoundException", "The account is in no organization.", 404)


class CallRecord(NamedTuple):
    """A call: who made it, and how it ended: 'ok', an error code, a network fault, or 'broken'."""

    account_id: str
    operation: str
    params: tuple[tuple[str, Any], ...]
    outcome: str
    region: str
    service: str
    principal: str = ""


class FakeAws(SampleOrganization):
    """The sample organization with faults, or a synthetic organization of any size.

    Without sizes it is the sample organization; with `accounts` and `users_per_account` a synthetic one, to which `trail`
    (log files, events in each) gives an organization trail. `caller` is the account of the base credentials, the
    management account by default. `calls` lists every call answered (unless `record` is false), `counts` counts them.
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
        self.faults = faults or Faults()
        synthetic = accounts is not None or users_per_account is not None
        made = synthetic_organization.sites(accounts or 20, users_per_account or 50) if synthetic else estate.sites()
        super().__init__(day, sites=[replace(site, partition=partition) for site in made], caller=caller)
        self.page_size = self.faults.page_size
        self.calls: list[CallRecord] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.record = record
        self.service_faults = ServiceFaults(self.faults)
        self.network_faults = network_faults.NetworkFaults(self.faults.mishaps)
        self._lock = threading.Lock()
        self._number = self._cached = 0
        self._bodies: dict[tuple[Any, ...], bytes] = {}
        self._disturb(caller)
        if trail:
            self._add_trail(*trail)

    def _disturb(self, caller: str) -> None:
        """Put the parts that take faults in the place of the plain ones."""
        faults = self.faults
        if not faults.state_field:
            self.directory.__class__ = OldDirectory
        self.authenticator = FaultyAuthenticator(self.directory, faults, caller)
        self.reports = Reports(faults.failed_jobs, faults.page_size)
        usual = s3.SMALL_PAGE if self.directory.management.small else s3.MOST
        self.s3 = FaultyS3(self.s3.vaults, faults, faults.page_size or usual)

    def _add_trail(self, objects: int, events: int) -> None:
        self.trails = Trails(self.directory, organization=True, own=False)
        self.services = services(self.trails)
        vault = SyntheticTrail(self.directory, objects, events).vault()
        self.s3.vaults[vault.name] = vault

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        """Answer a prepared request of botocore."""
        if self.faults.latency:
            time.sleep(self.faults.latency)
        with self._lock:
            self._number += 1
            number = self._number
        account_id, principal, outcome = "", "", "ok"
        received = Request("", "", protocol.service_of(request.url), "", ())
        try:
            received = protocol.read(request)
            caller = self.authenticator.identify(received, number)
            account_id, principal = caller.site.account_id, caller.arn
            if number in self.faults.break_connections:
                outcome = "broken"
                raise ConnectionClosedError(endpoint_url=request.url)
            self.check(caller, received)
            concerned = network_faults.accounts_of(account_id, received)
            self.service_faults.check(concerned, received.service, received.operation, received.region)
            fault = self.network_faults.due(concerned, received)
            outcome = fault or outcome
            network_faults.befall(fault, received, request.url)
            answer = partial(self.respond, request.url, caller, network_faults.opened(received), fault)
            return network_faults.garbled(fault, received.service, request.url, answer) if fault else answer()
        except AwsError as error:
            outcome = error.code
            return self.refuse(request, received.service, error)
        finally:
            where = received.region, received.service
            self._note(CallRecord(account_id, received.operation, received.params, outcome, *where, principal))

    def _note(self, call: CallRecord) -> None:
        with self._lock:
            self.counts[call.account_id, call.operation, call.outcome] += 1
            if self.record:
                self.calls.append(call)

    def respond(self, url: str, caller: Caller, request: Request, fault: str = "") -> AWSResponse:
        """Answer a request, disturbed by a network fault; answers that do not change are kept."""
        _, region, service, operation, params = request
        if service == "s3":
            return super().respond(url, caller, request)
        if service == "sts" or operation in self.reports.answers or fault in network_faults.PAGING:
            result = network_faults.paged(fault, request, self.result(caller, request))
            return protocol.respond(url, service, 200, protocol.body(service, operation, result))
        key = (caller.site.account_id, region, service, operation, params)
        if (body := self._bodies.get(key)) is None:
            body = protocol.body(service, operation, self.result(caller, request))
            self._keep(key, body)
        return protocol.respond(url, service, 200, body)

    def _keep(self, key: tuple[Any, ...], body: bytes) -> None:
        with self._lock:
            if self._cached + len(body) <= CACHE:
                self._cached += len(body)
                self._bodies[key] = body

    def result(self, caller: Caller, request: Request) -> dict[str, Any]:
        """Return the answer of an operation, or raise what a fault makes of it."""
        faults, operation = self.faults, request.operation
        if request.service == "organizations" and operation not in caller.site.denies:
            if faults.no_organization:
                raise AwsError(*NO_ORGANIZATION)
            if faults.deny_organizations:
                raise denial("organizations", operation, caller.arn)
        if operation == "ListOrganizationsFeatures":
            if faults.no_organization:
                raise AwsError(*NOT_IN_ORGANIZATION)
            if faults.deny_organizations:
                raise denial("iam", operation, caller.arn)
        name = dict(request.params).get("UserName")
        if request.service == "iam" and name and faults.delete_user == (caller.site.account_id, name):
            raise not_found("user", name)
        return super().result(caller, request)


class OldDirectory(Directory):
    """Accounts with the retired `Status` instead of `State`."""

    def account(self, site: Site) -> dict[str, Any]:
        """Write an account."""
        item = super().account(site)
        state = item.pop("State")
        return item | {"Status": OLD_STATUS.get(state, state)}


class FaultyAuthenticator(Authenticator):
    """An authenticator whose sessions end early, or that lets nobody assume a role."""

    def __init__(self, directory: Directory, faults: Faults, account_id: str) -> None:
        super().__init__(directory, account_id)
        self.faults, self.token_lifetime = faults, faults.token_lifetime

    def expired(self, caller: Caller, number: int) -> bool:
        """Return whether the base credentials have expired by this call."""
        limit = self.faults.base_session_expires_after
        return bool(caller.base and limit and number > limit)

    def opens(self, site: Site, role: str, external_id: str) -> bool:
        """Return whether a role trusts the caller."""
        return not self.faults.no_organization and super().opens(site, role, external_id)


class FaultyS3(s3.S3):
    """S3 with buckets that are missing or denied, and objects that cannot be read."""

    def __init__(self, vaults: dict[str, Any], faults: Faults, page_size: int) -> None:
        super().__init__(vaults, page_size)
        self.faults = faults

    def bucket_missing(self, name: str) -> bool:
        """Return whether a bucket does not exist, although there is one of that name."""
        return self.faults.no_bucket in (True, "*", name)

    def bucket_denied(self, name: str) -> bool:
        """Return whether a bucket denies everybody."""
        return self.faults.deny_bucket in (True, "*", name)

    def harm(self, key: str, thing: Thing | None) -> str:
        """Return what is wrong with an object, '' for nothing."""
        return next((kind for kind, part in self.faults.objects if part in key), super().harm(key, thing))
