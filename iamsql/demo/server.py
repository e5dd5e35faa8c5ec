"""The server of the sample organization: it authenticates a request of botocore and answers it as AWS would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.awsrequest import AWSResponse

from iamsql.demo import cloudtrail, iam, protocol, regions, s3
from iamsql.demo.auth import Authenticator, Caller
from iamsql.demo.buckets import Bucket, sample_buckets
from iamsql.demo.data import Account, DataFiles, Item, Params, midnight
from iamsql.demo.errors import REST_XML_SERVICES, AwsError, access_denied_error
from iamsql.demo.organizations import Organization
from iamsql.demo.pagination import cut_page, requested_size
from iamsql.demo.protocol import Request, freeze
from iamsql.demo.reports import Reports

# The page size of recorded lists: small, so lists have several pages.
RECORDED_PAGE_SIZE, RECORDED_PAGE_SIZES = 2, {"cloudtrail": 10}
NOON = timedelta(hours=12)


class SampleOrganization:
    """A sample organization for botocore's `before-send` event: register `answer`.

    The data is as of noon of the day of `files`, which is today by default.
    """

    empty_page = True  # the second page of ListAccounts

    def __init__(self, files: DataFiles | None = None) -> None:
        self.files = files or DataFiles(datetime.now(UTC).date())
        self.now = midnight(self.files.day) + NOON
        self.organization = self.open_organization()
        self.authenticator = Authenticator(self.organization)
        self.reports = Reports(self.page_size)
        self.s3 = s3.S3(self.open_buckets())

    def open_organization(self) -> Organization:
        """Return the organization, with its accounts."""
        data = self.files.json("organization.json")
        return Organization(data, [Account(item, self.files) for item in data["Accounts"]])

    def open_buckets(self) -> dict[str, Bucket]:
        """Return the buckets of S3 by name."""
        return sample_buckets(self.organization)

    def page_size(self, _service: str, params: Params, small: int) -> int:
        """Return the size of a page: small, so lists have several pages."""
        return min(requested_size(params) or small, small)

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        """Answer a prepared request of botocore."""
        received_request = Request("", "", "iam", "", ())  # for the error of a request that cannot be read
        try:
            received_request = protocol.read_request(request)
            caller = self.authenticator.identify(received_request)
            self.check(caller, received_request)
            return self.respond(request.url, caller, received_request)
        except AwsError as error:
            return self.refuse(request, received_request.service, error)

    def check(self, caller: Caller, request: Request) -> None:
        """Refuse a request to a region that the account has not enabled."""
        regions.check_enabled(caller.account.regions, request.service, request.region)

    def refuse(self, request: Any, service: str, error: AwsError) -> AWSResponse:
        """Return the response for an error in the protocol of the service."""
        if service in REST_XML_SERVICES:
            return s3.error_response(request.url, error)
        return protocol.error_response(request.url, service, error)

    def respond(self, url: str, caller: Caller, request: Request) -> AWSResponse:
        """Answer a request of a caller who is allowed to make it."""
        if request.service == "s3" and request.operation in s3.OBJECT_OPERATIONS:
            return self.s3.answer(url, caller, request)
        body = protocol.response_body(request.service, request.operation, self.result(caller, request))
        return protocol.make_response(url, request.service, 200, body)

    def result(self, caller: Caller, request: Request) -> Item:
        """Return the answer of an operation, with the member names of botocore's output shape."""
        if caller.account.denies(request.operation, request.region):
            reason = "with an explicit deny in a service control policy"
            raise access_denied_error(request.service, request.operation, caller.arn, reason)
        services: dict[str, Callable[[Caller, Request, Params], Item]] = {
            "account": self._answer_account,
            "cloudtrail": self._answer_cloudtrail,
            "iam": self._answer_iam,
            "organizations": self._answer_organizations,
            "sts": self._answer_sts_or_ec2,
        } | ({"ec2": self._answer_sts_or_ec2} if request.operation == "DescribeRegions" else {})
        answer = services.get(request.service, self._answer_recorded)
        return answer(caller, request, dict(request.params))

    def _answer_sts_or_ec2(self, caller: Caller, request: Request, params: Params) -> Item:
        if request.operation == "GetCallerIdentity":
            return {"UserId": caller.user_id, "Account": caller.account.id, "Arn": caller.arn}
        if request.operation == "AssumeRole":
            return self.authenticator.assume(caller, params)
        if request.operation == "DescribeRegions":
            return regions.describe_regions(caller.account.regions, params)
        raise access_denied_error(request.service, request.operation, caller.arn)

    def _answer_account(self, caller: Caller, request: Request, params: Params) -> Item:
        if params.get("AccountId"):
            raise AwsError("AccessDeniedException", "Trusted access for account.amazonaws.com is not enabled.", 403)
        if request.operation != "ListRegions":
            return self._answer_recorded(caller, request, params)
        return self._page(request, "Regions", regions.list_regions(caller.account.regions, params), 50)

    def _answer_cloudtrail(self, caller: Caller, request: Request, params: Params) -> Item:
        if request.operation != "LookupEvents":
            return self._answer_recorded(caller, request, params)
        events = cloudtrail.find_events(caller.account, request.region, params)
        return self._page(request, "Events", events, cloudtrail.EVENTS_PER_PAGE)

    def _answer_organizations(self, caller: Caller, request: Request, params: Params) -> Item:
        operation, organization = request.operation, self.organization
        is_trusted = caller.account is organization.management or organization.administers(caller.account)
        if not is_trusted and operation != "DescribeOrganization":  # any account of the organization may call it
            raise access_denied_error("organizations", operation, caller.arn)
        if operation in organization.singles:
            return organization.singles[operation](params)
        if operation not in organization.lists:
            return self._answer_recorded(caller, request, params)
        member, source = organization.lists[operation]
        return self._page(request, member, source(params), 5, gap=self.empty_page and operation == "ListAccounts")

    def _answer_iam(self, caller: Caller, request: Request, params: Params) -> Item:
        account, operation = caller.account, request.operation
        if operation in self.reports.answers:
            return self.reports.answers[operation](account, params)
        is_trusted = account is self.organization.management or self.organization.administers(
            account, "iam.amazonaws.com"
        )
        if operation == "ListOrganizationsFeatures":
            if not is_trusted:
                code = "AccountNotManagementOrDelegatedAdministratorException"
                raise AwsError(code, "Call this operation from the management account.")
            features: Item = self.organization.data["Features"]
            return features
        response = iam.answer(account, operation, params, self.page_size)
        return self._answer_recorded(caller, request, params) if response is None else response

    def _page(self, request: Request, member: str, items: Sequence[Any], small: int, *, gap: bool = False) -> Item:
        """Return a page of a list; with `gap` the second page is empty."""
        service, params = request.service, dict(request.params)
        page = cut_page(service, request.operation, params, items, self.page_size(service, params, small), gap)
        token = protocol.page_token(service, request.operation)
        return {member: page.items, "IsTruncated": page.token is not None} | ({token: page.token} if page.token else {})

    def _answer_recorded(self, caller: Caller, request: Request, _: Params) -> Item:
        """Return the recorded response of a request; lists are cut into pages."""
        response = _recorded_response(caller, request)
        if not protocol.page_token(request.service, request.operation):
            return response
        [(member, items)] = response.items()
        return self._page(request, member, items, RECORDED_PAGE_SIZES.get(request.service, RECORDED_PAGE_SIZE))


def _recorded_response(caller: Caller, request: Request) -> Item:
    """Return the first recorded response whose parameters are all in the request.

    The responses of an account precede the defaults, and specific parameters precede general ones.
    """
    operation, parameters = (request.service, request.operation), set(request.params)
    for recorded in caller.account.responses:
        is_same_call = (recorded["Service"], recorded["Operation"]) == operation
        is_here = is_same_call and recorded.get("Region", request.region) == request.region
        if is_here and set(freeze(recorded["Parameters"])) <= parameters:
            if error := recorded.get("Error"):
                raise AwsError(error["Code"], error["Message"], error["Status"])
            response: Item = recorded["Response"]
            return response
    raise access_denied_error(request.service, request.operation, caller.arn)
