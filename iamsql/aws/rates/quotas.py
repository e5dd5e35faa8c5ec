"""What is known about AWS's request rates before the first request: documented quotas, and where the search starts.

AWS publishes no request rates for IAM, Organizations and STS, so a run finds them out (`search`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MIN_RATE = 0.5


@dataclass(frozen=True)
class Quota:
    """Requests per second and burst size. If they are not documented, the search starts at this rate."""

    rate: float
    burst: float
    is_documented: bool = False
    floor: float = MIN_RATE  # requests per second that throttling never goes below


# about: The request rates of services, or of (service, operation) where an operation has a quota of its own.
# source: AWS documentation of the quotas of each service; comments mark what is assumed
# date: 2026-11-28
# rebuild: read the quota pages of the services: AWS publishes no rates of IAM, Organizations and STS
QUOTAS: dict[str | tuple[str, str], Quota] = {
    # Unpublished. The limiters of Steampipe's AWS plugin allow 15 to 40 per second for IAM reads, per account.
    "iam": Quota(20, 38),
    # API reference: 2 per second, account and region. Assumed: two requests may be sent at once.
    ("cloudtrail", "LookupEvents"): Quota(2, 2, is_documented=True),
    # Service quotas of CloudTrail: 10 per second for other Get, Describe and List calls.
    "cloudtrail": Quota(10, 10, is_documented=True),
    # Assumed: unpublished for most operations; all requests of a run share the quota of the management account.
    "organizations": Quota(10, 10),
    # Assumed: STS answers a few hundred per second; one role is assumed per account.
    "sts": Quota(100, 200),
    # Quota page of Account Management: GetAlternateContact about 10 per second.
    "account": Quota(10, 10, is_documented=True),
    # Quota page of IAM Identity Center: 20 per second for all of its APIs together.
    "sso-admin": Quota(18, 18, is_documented=True),
    "identitystore": Quota(18, 18, is_documented=True),
    # API reference of SES: once per second.
    ("sesv2", "GetEmailIdentityPolicies"): Quota(1, 1, is_documented=True),
    # S3 documentation: at least 5,500 reads per second and prefix.
    "s3": Quota(1000, 1000, floor=50),
}
DEFAULT_QUOTA = Quota(10, 20)
UNLIMITED_QUOTA = Quota(10_000, 10_000, is_documented=True)


class KnownRate(NamedTuple):
    """A row of iamsql.rate_limits: the rate and burst of a quota, as a run found them.

    `throttled_at` is the ISO text of the time when a throttled request last showed the limit; None if the rate was reached
    without being throttled.
    """

    account_id: str
    region: str
    quota: str
    rate: float
    burst: float
    requests: int = 0
    throttles: int = 0
    throttled_at: str | None = None


def find_quota(service: str, operation: str = "") -> Quota:
    """Return the quota of an operation: its own, the quota of its service, or the cautious default."""
    return QUOTAS.get((service, operation)) or QUOTAS.get(service) or DEFAULT_QUOTA


def quota_key(service: str, operation: str) -> str:
    """Return the name of the quota: an operation with its own quota does not share its service's."""
    return f"{service}:{operation}" if (service, operation) in QUOTAS else service
