"""Faults of the fake AWS: throttling, denials, errors, expired sessions, unreadable objects."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from iamsql.demo.errors import AwsError, access_denied_error

STATUS_CODES = {
    429: "TooManyRequestsException",
    500: "InternalFailure",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
STATUS_OF = {code: status for status, code in STATUS_CODES.items()} | {"NoSuchEntity": 404, "AccessDenied": 403}

THROTTLING = {
    "iam": "Throttling",
    "sts": "Throttling",
    "organizations": "TooManyRequestsException",
    "ec2": "RequestLimitExceeded",
    "s3": "SlowDown",
}
THROTTLED = {*THROTTLING.values(), "ThrottlingException"}
# Services that serve an account from all regions. AWS counts the requests to others by region. It does not document how IAM and
# Organizations count; one count for an account is assumed, and the same for STS.
GLOBAL = ("iam", "organizations", "sts")


@dataclass(frozen=True)
class Faults:
    """The faults of a fake AWS; by default there are none.

    The account '*' matches every account. AssumeRole matches the caller's account and the role's. The operation '*'
    matches every operation; an operation may have a service, as in `iam:ListUsers`.

    - `latency`: seconds that a call takes. `page_size` replaces the size of every page.
    - `limits`: requests per second and burst, by service or by service and operation: `{"iam": (20, 40),
      "cloudtrail:LookupEvents": (2, 2)}`. Each account has a limit of its own, for a regional service in each region.
      `lookup_stolen`: every n-th LookupEvents is throttled, as if another client had used up the rate.
    - `throttle_for`: (account, operation, seconds): the operation is throttled for this time from its first call.
    - `deny`: (account, operation). `regions_denied`: (account, operation, region). `regions_failing`: (account, operation,
      region, code), such as RegionDisabledException of a deactivated STS endpoint.
    - `errors`: (account, operation, code or HTTP status, number of times).
    - `break_connections`: the numbers of the calls, from 1, that end with a broken connection.
    - `network_faults`: (account, operation, kind, number of times). Kinds: a response with status 200 that is html, cut,
      other, odd or empty; a credential report that is torn or has invalid base64; a connection that is reset or slow; an
      expired page token (stale); the same token on every page (stuck); a page without items that has a next page
      (hollow); a clock that is twenty minutes off (skew).
    - `token_lifetime`: seconds until the session of an assumed role expires. `base_session_expires_after`: the number of
      calls after which the caller's own credentials expire.
    - `delete_user`: (account, name) of a user that is listed and then not found.
    - `no_organization`, `deny_organizations`: there is no organization, or it cannot be read. Without `state_field`,
      accounts have the retired member `Status`.
    - `objects`: (kind, part of the key) of S3 objects: denied, missing, corrupt, cut (the stored file ends early), broken
      (the connection ends early), not_json or slow. `deny_bucket`, `no_bucket`: the name of a bucket, or True for all.
    - `seconds_ahead`: by which the header Date over HTTP is ahead of the caller's clock; the requests are accepted.
    - `failed_jobs`: names of principals whose report of services last accessed fails.
    """

    latency: float = 0.0
    page_size: int = 0
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    deny: tuple[tuple[str, str], ...] = ()
    errors: tuple[tuple[str, str, int | str, int], ...] = ()
    break_connections: tuple[int, ...] = ()
    token_lifetime: float = 3600.0
    delete_user: tuple[str, str] | None = None
    no_organization: bool = False
    deny_organizations: bool = False
    state_field: bool = True
    base_session_expires_after: int = 0
    objects: tuple[tuple[str, str], ...] = ()
    deny_bucket: bool | str = False
    no_bucket: bool | str = False
    regions_denied: tuple[tuple[str, str, str], ...] = ()
    regions_failing: tuple[tuple[str, str, str, str], ...] = ()
    lookup_stolen: int = 0
    failed_jobs: tuple[str, ...] = ()
    throttle_for: tuple[tuple[str, str, float], ...] = ()
    network_faults: tuple[tuple[str, str, str, int], ...] = ()
    seconds_ahead: float = 0.0


class TokenBucket:
    """A token bucket: `burst` calls at once, then `rate` a second. It counts the tokens that were taken."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, max(burst, 1.0)
        self.tokens, self.seen, self.taken = self.burst, time.monotonic(), 0
        self.lock = threading.Lock()

    def take(self) -> bool:
        """Take a token if there is one."""
        with self.lock:
            now = time.monotonic()
            self.tokens = min(self.burst, self.tokens + (now - self.seen) * self.rate)
            self.seen = now
            if self.tokens < 1.0:
                return False
            self.tokens -= 1.0
            self.taken += 1
            return True

    def least_seconds(self) -> float:
        """Return the least seconds until a client can take as many tokens, beginning with a full bucket."""
        return max(0.0, (self.taken - self.burst) / self.rate)


class ServiceFaults:
    """The state of the faults: token buckets, the remaining errors, and `happened`, the number of faults by kind."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.remaining = [times for *_, times in faults.errors]
        self.lookups = 0
        self.clock = time.monotonic
        self.happened: Counter[str] = Counter()
        self.first_calls: dict[int, float] = {}
        self.buckets: dict[tuple[str, str, str], TokenBucket] = {}
        self.lock = threading.Lock()

    def check(self, accounts: tuple[str, ...], service: str, operation: str, region: str) -> None:
        """Raise the error of a limit, a denial or a planned fault. `accounts` are the caller's and the role's."""
        if self.faults.limits:
            self._limit_rate(accounts[0], service, operation, region)
        if operation == "LookupEvents" and self.faults.lookup_stolen:
            self._throttle_lookup()
        self._throttle_for(accounts, service, operation)
        if self.faults.errors:
            self._raise_planned(accounts, service, operation)
        for account, denied in self.faults.deny:
            if fits(account, denied, accounts, service, operation):
                self.happened["denied"] += 1
                raise access_denied_error(service, operation)
        for account, failing, where, code in self.faults.regions_failing:
            if where == region and fits(account, failing, accounts, service, operation):
                raise AwsError(code, f"{service} does not serve the account in {region}.", 403)
        for account, denied, where in self.faults.regions_denied:
            if where == region and fits(account, denied, accounts, service, operation):
                raise access_denied_error(
                    service, operation, reason="with an explicit deny in a service control policy"
                )

    def _throttle_lookup(self) -> None:
        with self.lock:
            self.lookups += 1
            is_throttled = self.lookups % self.faults.lookup_stolen == 0
        if is_throttled:
            raise AwsError("ThrottlingException", "Rate exceeded")

    def busiest(self) -> tuple[tuple[str, str, str], TokenBucket] | None:
        """Return the bucket that takes a client the longest, with its limit, account and region; None without limits."""
        return max(self.buckets.items(), key=lambda pair: pair[1].least_seconds(), default=None)

    def _limit_rate(self, account_id: str, service: str, operation: str, region: str) -> None:
        for name in (f"{service}:{operation}", service):
            if name in self.faults.limits and not self._bucket(name, account_id, region).take():
                raise AwsError(THROTTLING.get(service, "ThrottlingException"), "Rate exceeded")

    def _bucket(self, name: str, account_id: str, region: str) -> TokenBucket:
        key = (name, account_id, "" if name.partition(":")[0] in GLOBAL else region)
        bucket = self.buckets.get(key)
        if bucket is None:
            with self.lock:
                bucket = self.buckets.setdefault(key, TokenBucket(*self.faults.limits[name]))
        return bucket

    def _throttle_for(self, accounts: tuple[str, ...], service: str, operation: str) -> None:
        for index, (account, pattern, seconds) in enumerate(self.faults.throttle_for):
            if fits(account, pattern, accounts, service, operation):
                now = self.clock()
                if now < self.first_calls.setdefault(index, now) + seconds:
                    self.happened["throttled"] += 1
                    raise AwsError(THROTTLING.get(service, "ThrottlingException"), "Rate exceeded")

    def _raise_planned(self, accounts: tuple[str, ...], service: str, operation: str) -> None:
        for index, (account, pattern, error, _) in enumerate(self.faults.errors):
            if not fits(account, pattern, accounts, service, operation):
                continue
            with self.lock:
                if self.remaining[index] <= 0:
                    continue
                self.remaining[index] -= 1
                self.happened[str(error)] += 1
            if isinstance(error, int):
                raise AwsError(STATUS_CODES.get(error, "UnknownError"), "The service is unavailable.", error)
            raise AwsError(error, "An error that the test planned.", STATUS_OF.get(error, 400))


def fits(account: str, pattern: str, accounts: tuple[str, ...], service: str, operation: str) -> bool:
    """Return whether a fault for an account and an operation, `pattern`, applies to a request."""
    if pattern == "*":
        return account in ("*", accounts[0])
    return pattern in (operation, f"{service}:{operation}") and (account == "*" or account in accounts)
