"""The server of the sample organization: it authenticates a request of botocore and answers it as AWS would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from botocore.awsrequest import AWSResponse

from iamsql.demo import estate, protocol, regions, s3, session_policy
from iamsql.demo.auth import Authenticator, Caller
from iamsql.demo.directory import Directory
from iamsql.demo.errors import AwsError, denial
from iamsql.demo.guardrails import Guardrails
from iamsql.demo.iam import find, group_item
from iamsql.demo.iam_operations import LISTS, SINGLES
from iamsql.demo.pagination import Listing, cut, json_page, size_of
from iamsql.demo.people import Site
from iamsql.demo.protocol import Request
from iamsql.demo.reports import Reports
from iamsql.demo.service import Service
from iamsql.demo.services import services
from iamsql.demo.trails import Trails
from iamsql.demo.vaults import demo_vaults

FEATURES = "AccountNotManagementOrDelegatedAdministratorException"


class SampleOrganization:
    """A sample organization for botocore's `before-send` event: register `answer`.

    `day` is the day on which the data is current, today by default. `sites` replaces the accounts, `caller` chooses the
    account of the base credentials, the management account by default.
    """

    page_size = 0  # replaces the size of every page

    def __init__(self, day: date | None = None, *, sites: Sequence[Site] | None = None, caller: str = "") -> None:
        self.day = day or datetime.now(UTC).date()
        self.now = datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)
        self.directory = Directory([replace(site, day=self.day) for site in sites or estate.sites()])
        self.reports = Reports()
        self.authenticator = Authenticator(self.directory, caller)
        small = self.directory.management.small
        self.trails = Trails(self.directory, organization=small, own=small)
        self.services = services(self.trails)
        self.guardrails = Guardrails(self.directory)
        self.s3 = s3.S3(demo_vaults(self.directory) if small else {})

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        """Answer a prepared request of botocore."""
        received = Request("", "", protocol.service_of(request.url), "", ())
        try:
            received = protocol.read(request)
            caller = self.authenticator.identify(received)
            self.check(caller, received)
            return self.respond(request.url, caller, received)
        except AwsError as error:
            return self.refuse(request, received.service, error)

    def check(self, caller: Caller, request: Request) -> None:
        """Refuse a request to a region that is not enabled, or that the session policy does not allow."""
        regions.check(caller.site, request.service, request.region)
        session_policy.check(caller.policy, caller.site.partition, caller.arn, request)

    def refuse(self, request: Any, service: str, error: AwsError) -> AWSResponse:
        """Return an error as the service's protocol writes it."""
        if service == "s3":
            return s3.refuse(request.url, error, head=request.method == "HEAD")
        return protocol.refuse(request.url, service, error)

    def respond(self, url: str, caller: Caller, request: Request) -> AWSResponse:
        """Answer a request of a caller who is allowed to make it."""
        if request.service == "s3":
            return self.s3.answer(url, caller, request)
        body = protocol.body(request.service, request.operation, self.result(caller, request))
        return protocol.respond(url, request.service, 200, body)

    def result(self, caller: Caller, request: Request) -> dict[str, Any]:
        """Return the answer of an operation as botocore's output shape has it."""
        params, site, operation = dict(request.params), caller.site, request.operation
        if operation in site.denies or (operation, request.region) in site.denies_in:
            words = "with an explicit deny in a service control policy"
            raise denial(request.service, operation, caller.arn, words)
        if request.service == "sts":
            return self._sts(caller, operation, params)
        if request.service == "organizations":
            return self._organization(caller, operation, params)
        if request.service == "iam":
            return self._iam(caller, operation, params)
        if service := self.services.get(request.service):
            return self._of_service(service, caller, request, params)
        raise denial(request.service, operation, caller.arn)

    def _sts(self, caller: Caller, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if operation == "GetCallerIdentity":
            return {"UserId": caller.user_id, "Account": caller.site.account_id, "Arn": caller.arn}
        if operation == "AssumeRole":
            return self.authenticator.assume(caller, params)
        raise denial("sts", operation, caller.arn)

    def _iam(self, caller: Caller, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        site = caller.site
        if operation in self.reports.answers:
            return self.reports.answers[operation](site, params)
        trusted = site is self.directory.management or "iam.amazonaws.com" in site.administers
        if operation == "ListOrganizationsFeatures" and not trusted:
            raise AwsError(FEATURES, "Ask from the management account.")
        if operation in SINGLES:
            return SINGLES[operation](site, params)
        if operation not in LISTS:
            raise denial("iam", operation, caller.arn)
        return self._listing(site, operation, params, LISTS[operation])

    def _listing(self, site: Site, operation: str, params: dict[str, Any], listing: Listing) -> dict[str, Any]:
        size = size_of("iam", params, listing.demo_page if site.small else 0, self.page_size)
        page = cut("iam", operation, params, listing.of(site, params), size, gap=False)
        result: dict[str, Any] = {"IsTruncated": page.token is not None, "Marker": page.token}
        written = [listing.write(site, one) for one in page.items]
        if not listing.members:
            return result | {listing.member: written} | _group(site, operation, params)
        return result | {name: [item for member, item in written if member == name] for name in listing.members}

    def _of_service(self, service: Service, caller: Caller, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        site, operation = caller.site, request.operation
        if operation in service.singles:
            return service.singles[operation](site, request.region, params)
        if operation not in service.lists:
            raise denial(request.service, operation, caller.arn)
        member, source = service.lists[operation]
        found = source(site, request.region, params)
        size = size_of(request.service, params, service.page if site.small else 0, self.page_size)
        return json_page(member, cut(request.service, operation, params, found, size, gap=False), service.token)

    def _organization(self, caller: Caller, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        trusted = caller.site is self.directory.management or bool(caller.site.administers)
        if not trusted and operation != "DescribeOrganization":  # which every account may ask for
            raise denial("organizations", operation, caller.arn)
        singles = {"DescribeOrganization": self.directory.describe} | self.guardrails.singles
        if operation in singles:
            return singles[operation](params)
        lists = self.directory.lists | self.guardrails.lists
        if operation not in lists:
            raise denial("organizations", operation, caller.arn)
        member, source = lists[operation]
        small = caller.site.small
        size = size_of("organizations", params, 5 if small else 0, self.page_size)
        gap = small and operation == "ListAccounts"
        return json_page(member, cut("organizations", operation, params, source(params), size, gap=gap))


def _group(site: Site, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return the group that GetGroup answers with beside its users."""
    return {"Group": group_item(site, find("Group", site, params))} if operation == "GetGroup" else {}
