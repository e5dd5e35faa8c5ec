"""The server of the fake AWS: it records every call, and adds faults to the responses of the sample organization."""

from __future__ import annotations

import base64
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, NamedTuple

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError

from iamsql.demo import SampleOrganization, protocol, regions, s3
from iamsql.demo.auth import Authenticator, Caller
from iamsql.demo.buckets import Bucket, StoredObject
from iamsql.demo.data import Account, DataFiles, Item, Params
from iamsql.demo.errors import QUERY_SERVICES, REST_XML_SERVICES, AwsError, access_denied_error, not_found_error
from iamsql.demo.organizations import Organization
from iamsql.demo.pagination import PageSize, requested_size
from iamsql.demo.protocol import Request
from iamsql.demo.reports import Reports
from tests.fake_aws import network_faults, session_policy, synthetic_organization, synthetic_trail, validation
from tests.fake_aws.faults import Faults, ServiceFaults
from tests.fake_aws.traffic import Traffic

CACHE = 32 * 1024 * 1024  # bytes of responses that are cached
UNKNOWN = {  # the error of an unknown access key
    "iam": "InvalidClientTokenId",
    "sts": "InvalidClientTokenId",
    "ec2": "AuthFailure",
    "s3": "InvalidAccessKeyId",
    "s3control": "InvalidAccessKeyId",
    "sns": "InvalidClientTokenId",
}
SLOW = 1.0  # seconds
SIZES = {  # of AWS's pages, by default and at most
    "organizations": (20, 20),
    "cloudtrail": (50, 50),
    "iam": (100, 1000),
    "account": (20, 50),
    "access-analyzer": (100, 100),
    "sso": (100, 100),
    "identitystore": (100, 100),
}
REGIONS = {
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
    "aws-eusc": ("eusc-de-east-1",),
}
OLD_STATUS = {"CLOSED": "SUSPENDED", "PENDING_ACTIVATION": "ACTIVE"}  # of the retired `Status`
NO_ORGANIZATION = ("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
NOT_IN_ORGANIZATION = ("OrganizationNotFoundException", "The account is in no organization.", 404)


class PartitionFiles(DataFiles):
    """The data files, with the ARNs and the home region of another partition."""

    def __init__(self, day: date, partition: str) -> None:
        super().__init__(day)
        self.partition = partition

    def text(self, *path: str) -> str:
        """Return the text of a file."""
        text = super().text(*path).replace("arn:aws:", f"arn:{self.partition}:")
        for region in regions.DEFAULT_REGIONS:
            text = text.replace(region, regions.HOME_REGIONS[self.partition])
        return text


class CallRecord(NamedTuple):
    """A call, with its caller and its outcome: 'ok', an error code, a network fault, or 'broken'."""

    account_id: str
    operation: str
    params: tuple[tuple[str, Any], ...]
    outcome: str
    region: str
    service: str
    principal: str = ""


class FakeAws(SampleOrganization):
    """The sample organization with faults, or a synthetic organization of any size.

    With `accounts` or `users_per_account`, the organization is synthetic; `trail` (log files, events in each) adds an
    organization trail to it. `day` is a date, or the data files on a day of the
    story. `caller` is the account of the base credentials, by default the management account.
    `calls` lists every call, unless `record` is false, and `counts` and `traffic` count them.
    """

    def __init__(
        self,
        day: date | DataFiles | None = None,
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
        self.synthetic = accounts is not None or users_per_account is not None
        self.sizes, self.partition, self.trail = (accounts or 20, users_per_account or 50), partition, trail
        day = day or datetime.now(UTC).date()
        if not isinstance(day, DataFiles):
            day = DataFiles(day) if partition == "aws" else PartitionFiles(day, partition)
        super().__init__(day)
        self.authenticator: FaultyAuthenticator = FaultyAuthenticator(self.organization, self.faults, caller)
        self.empty_page = not self.synthetic
        self.reports = FaultyReports(self.page_size, self.faults)
        self.s3 = FaultyS3(self.s3.buckets, self.faults, s3.MAX_KEYS if self.synthetic else s3.PAGE_SIZE)
        self.calls: list[CallRecord] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.record, self.traffic = record, Traffic()
        self.service_faults = ServiceFaults(self.faults)
        self.network_faults = network_faults.NetworkFaults(self.faults.network_faults)
        self._lock = threading.Lock()
        self._number = self._cached = 0
        self._bodies: dict[tuple[Any, ...], bytes] = {}

    def open_organization(self) -> Organization:
        """Return the organization to serve."""
        if self.synthetic:
            served = synthetic_organization.organization(self.files, *self.sizes, self.partition, bool(self.trail))
        else:
            served = super().open_organization()
        for account in served.accounts:
            if self.partition != "aws":
                account.regions = dict.fromkeys(REGIONS[self.partition], "ENABLED_BY_DEFAULT")
            if not self.faults.state_field:
                account.item["Status"] = OLD_STATUS.get(account.state, account.state)
                del account.item["State"]
        return served

    def open_buckets(self) -> dict[str, Bucket]:
        """Return the buckets of S3 by name."""
        if not self.synthetic:
            buckets = super().open_buckets()
            if self.partition == "aws":
                return buckets
            home_region = self.organization.management.home_region
            return {name: replace(bucket, region=home_region) for name, bucket in buckets.items()}
        if not self.trail:
            return {}
        bucket = synthetic_trail.SyntheticTrail(self.organization, *self.trail).bucket()
        return {bucket.name: bucket}

    def page_size(self, service: str, params: Params, small: int) -> int:
        """Return the page size: of the fault, of the sample organization, or of AWS."""
        usual, most = SIZES.get(service, (100, 100))
        return min(requested_size(params) or usual, self.faults.page_size or (most if self.synthetic else small))

    def unit_path(self, account: Account) -> str:
        """Return the names of the organizational units above an account, joined by slashes."""
        names, units = [], {unit["Id"]: unit for unit in self.organization.units}
        parent = account.item["ParentId"]
        while parent in units:
            names.append(units[parent]["Name"])
            parent = units[parent]["ParentId"]
        return "/".join(reversed(names))

    def check(self, caller: Caller, request: Request) -> None:
        """Refuse a request to a region that is not enabled, or that the session policy does not allow."""
        super().check(caller, request)
        session_policy.check(caller.policy, caller.account.partition, caller.arn, request)

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        """Answer a prepared request of botocore after the latency."""
        if self.faults.latency:
            time.sleep(self.faults.latency)
        return self.answer_at_once(request)

    def answer_at_once(self, request: Any) -> AWSResponse:
        """Answer a prepared request of botocore without the latency."""
        with self._lock:
            self._number += 1
            number = self._number
        account_id, principal, outcome = "", "", "ok"
        received = Request("", "", "iam", "", ())
        try:
            received = protocol.read_request(request)
            caller = self.authenticator.identify(received, number)
            account_id, principal = caller.account.id, caller.arn
            if number in self.faults.break_connections:
                outcome = "broken"
                raise ConnectionClosedError(endpoint_url=request.url)
            self.check(caller, received)
            concerned = network_faults.accounts_of(account_id, received)
            self.service_faults.check(concerned, received.service, received.operation, received.region)
            fault = self.network_faults.due(concerned, received)
            outcome = fault or outcome
            network_faults.raise_error(fault, received, request.url)
            respond = partial(self.respond, request.url, caller, network_faults.without_marker(received), fault)
            return network_faults.garble(fault, received.service, request.url, respond) if fault else respond()
        except AwsError as error:
            outcome = error.code
            return self.refuse(request, received.service, error)
        finally:
            where = received.region, received.service
            self._note(CallRecord(account_id, received.operation, received.params, outcome, *where, principal))

    def _note(self, call: CallRecord) -> None:
        with self._lock:
            self.counts[call.account_id, call.operation, call.outcome] += 1
            self.traffic.add(call)
            if self.record:
                self.calls.append(call)

    def report(self) -> dict[str, Any]:
        """Return the traffic in figures, for JSON."""
        with self._lock:
            return self.traffic.report(self.service_faults)

    def reset(self) -> None:
        """Forget the traffic and the state of the faults: the rate limits have their bursts, and planned faults begin again."""
        with self._lock:
            self.calls.clear()
            self.counts.clear()
            self.traffic = Traffic()
            self.service_faults = ServiceFaults(self.faults)
            self.network_faults = network_faults.NetworkFaults(self.faults.network_faults)
            self._number = 0

    def respond(self, url: str, caller: Caller, request: Request, fault: str = "") -> AWSResponse:
        """Return the response to a request, with a network fault; responses that do not change are cached."""
        _, region, service, operation, params = request
        if service == "s3" and operation in s3.OBJECT_OPERATIONS:
            return super().respond(url, caller, request)
        if service == "sts" or operation in self.reports.answers or fault in network_faults.PAGING:
            result = network_faults.repeat_page(fault, request, self.result(caller, request))
            return protocol.make_response(url, service, 200, protocol.response_body(service, operation, result))
        key = (caller.account.id, region, service, operation, params)
        if (body := self._bodies.get(key)) is None:
            body = protocol.response_body(service, operation, self.result(caller, request))
            self._cache(key, body)
        return protocol.make_response(url, service, 200, body)

    def _cache(self, key: tuple[Any, ...], body: bytes) -> None:
        with self._lock:
            if self._cached + len(body) <= CACHE:
                self._cached += len(body)
                self._bodies[key] = body

    def result(self, caller: Caller, request: Request) -> Item:
        """Return the result of an operation, or raise the error of a fault."""
        faults, operation = self.faults, request.operation
        if request.service == "organizations" and not caller.account.denies(operation, request.region):
            if faults.no_organization:
                raise AwsError(*NO_ORGANIZATION)
            if faults.deny_organizations:
                raise access_denied_error("organizations", operation, caller.arn)
        if operation == "ListOrganizationsFeatures":
            if faults.no_organization:
                raise AwsError(*NOT_IN_ORGANIZATION)
            if faults.deny_organizations:
                raise access_denied_error("iam", operation, caller.arn)
        name = dict(request.params).get("UserName")
        if request.service == "iam" and name and faults.delete_user == (caller.account.id, name):
            raise not_found_error("user", name)
        params = dict(request.params)
        if operation == "LookupEvents":
            validation.check_lookup(params)
        if operation == "ListParents":
            return validation.parents(self.organization, params)
        if operation == "GetGroup":
            return validation.group_users(caller.account, params, self.page_size)
        if operation == "ListEntitiesForPolicy":
            return validation.entities(caller.account, params, self.page_size)
        return super().result(caller, request)

    def refuse(self, request: Any, service: str, error: AwsError) -> AWSResponse:
        """Return an error in the service's protocol, with the date of the server's clock."""
        response = super().refuse(request, service, error)
        if isinstance(error, network_faults.SkewedClock):
            response.headers["Date"] = error.date
        return response


class FaultyAuthenticator(Authenticator):
    """An authenticator with session policies, with sessions that expire early, and with trust that is refused."""

    def __init__(self, organization: Organization, faults: Faults, account_id: str) -> None:
        super().__init__(organization, account_id)
        self.faults, self.token_lifetime = faults, faults.token_lifetime

    def identify(self, request: Request, number: int = 0) -> Caller:
        """Return the caller that signed a request, or raise the error of the service; `number` counts the requests."""
        if request.key_id not in self.callers:
            code = UNKNOWN.get(request.service, "UnrecognizedClientException")
            raise AwsError(code, "The security token included in the request is invalid.", 403)
        caller, limit = super().identify(request), self.faults.base_session_expires_after
        if time.time() >= caller.expires or (caller.is_base and limit and number > limit):
            code = (
                "ExpiredToken" if request.service in (*QUERY_SERVICES, *REST_XML_SERVICES) else "ExpiredTokenException"
            )
            raise AwsError(code, "The security token included in the request is expired", 403)
        return caller

    def trusts(self, account: Account, role: str, external_id: str) -> bool:
        """Return whether a role trusts the caller."""
        return not self.faults.no_organization and super().trusts(account, role, external_id)

    def _issue(self, account: Account, role: str, session: str, policy: str) -> Item:
        return super()._issue(account, role, session, session_policy.checked(policy))


class FaultyReports(Reports):
    """Reports of services last accessed that fail for some principals."""

    def __init__(self, page_size: PageSize, faults: Faults) -> None:
        super().__init__(page_size)
        self.faults = faults

    def last_accessed(self, account: Account, params: Params) -> Item:
        """Answer GetServiceLastAccessedDetails."""
        jobs = account.matching("ServiceLastAccessedJobs", "JobId", params.get("JobId", ""))
        if not any(job["Arn"].rpartition("/")[2] in self.faults.failed_jobs for job in jobs):
            return super().last_accessed(account, params)
        error = {"Code": "ServiceFailure", "Message": "The report could not be generated."}
        head = {"JobStatus": "FAILED", "JobType": "ACTION_LEVEL", "JobCreationDate": account.midnight}
        return head | {"ServicesLastAccessed": [], "Error": error}


class FaultyS3(s3.S3):
    """S3 with buckets that are missing or denied, and objects that cannot be read."""

    def __init__(self, buckets: dict[str, Bucket], faults: Faults, page_size: int) -> None:
        existing = {name: bucket for name, bucket in buckets.items() if faults.no_bucket not in (True, "*", name)}
        super().__init__(existing, faults.page_size or page_size)
        self.faults = faults

    def readable(self, bucket: Bucket, caller: Caller) -> bool:
        """Return whether a caller may list and read a bucket."""
        return self.faults.deny_bucket not in (True, "*", bucket.name) and super().readable(bucket, caller)

    def _list_objects(self, bucket: Bucket, params: Params) -> str:
        try:
            base64.b64decode(params.get("continuation-token", ""), validate=True).decode()
        except ValueError as error:
            raise AwsError("InvalidArgument", "The continuation token provided is incorrect") from error
        return super()._list_objects(bucket, params)

    def fault(self, stored: StoredObject) -> str:
        """Return the kind of an object's fault; '' if it can be read."""
        fault = next((kind for kind, part in self.faults.objects if part in stored.key), stored.fault)
        if fault == "missing":
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
        if fault == "slow":
            time.sleep(SLOW)
        return fault

    def content(self, stored: StoredObject, fault: str) -> tuple[bytes, int]:
        """Return the bytes of an object that are sent, and the value of Content-Length."""
        body, length = super().content(stored, fault)
        if fault == "corrupt":
            middle = length // 2
            body = body[:middle] + bytes(255 - byte for byte in body[middle : middle + 8]) + body[middle + 8 :]
        if fault == "not_json":
            body = b"<html>Service Unavailable</html>"
        return body[: length // 2] if fault == "broken" else body, len(body)
