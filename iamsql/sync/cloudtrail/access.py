"""Find the trail to read, and the session that may read its bucket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import ApiClient, CallStats, Request
from iamsql.aws.errors import Fault, RequestFailedError
from iamsql.aws.organization_model import Organization
from iamsql.aws.sessions import AccountSession
from iamsql.aws.sts import assume_role
from iamsql.sync.cloudtrail.bucket import Bucket, TrailLocation

NO_TRAIL = Fault("error", "no_trail", "DescribeTrails returns no trail that delivers to a bucket.")
Trail = dict[str, Any]  # an item of DescribeTrails


@dataclass(frozen=True)
class TrailAccess:
    """Finds the trail of an organization, and opens its bucket.

    `role` and `external_id` are of the role that reads the bucket, `policy(location, partition)` is its session policy.
    """

    api: ApiClient
    org: Organization
    role: str | None
    external_id: str | None
    policy: Callable[[TrailLocation, str], str | None]

    async def trails(self) -> list[Trail]:
        """Return the items of DescribeTrails that deliver to a bucket. Raise RequestFailedError."""
        request = Request("cloudtrail", "DescribeTrails", self.org.home_region, {})
        response = await self.api.send(self.org.reader, request, CallStats())
        return [trail for trail in response.get("trailList", ()) if trail.get("S3BucketName")]

    async def find(self) -> TrailLocation:
        """Return the location of the organization's trail; without one, of a trail of all regions, or of any other trail.

        Raise RequestFailedError, with NO_TRAIL if no trail delivers to a bucket.
        """
        if not (trails := await self.trails()):
            raise RequestFailedError(NO_TRAIL)
        return trail_location(
            max(
                trails,
                key=lambda trail: (bool(trail.get("IsOrganizationTrail")), bool(trail.get("IsMultiRegionTrail"))),
            )
        )

    async def sessions(self, location: TrailLocation, stats: CallStats) -> list[AccountSession]:
        """Return the sessions to try: of `trail_role`, of the caller, and of the role that reads the organization."""
        caller, reader = self.api.sessions.caller, self.org.reader
        sessions = [caller, *([reader] if reader.role_arn else [])]
        if self.role:
            policy = self.policy(location, self.org.partition)
            sessions.insert(0, await assume_role(self.api, caller, self.role, self.external_id, stats, policy))
        return sessions

    async def open(
        self, location: TrailLocation, sessions: Sequence[AccountSession], stats: CallStats
    ) -> tuple[Bucket, list[tuple[str, str]]]:
        """Return the bucket, opened by the first session that is not denied, and its accounts with their prefixes."""
        for session in sessions:
            bucket = Bucket(AccountClient(self.api, session, self.org.home_region), location)
            try:
                return bucket, await bucket.accounts(stats)
            except RequestFailedError as failed:
                # A bucket policy may allow only one of the sessions; other faults would recur with each session.
                if failed.fault.fault_type != "denied" or session is sessions[-1]:
                    raise
        raise AssertionError("unreachable")


def trail_location(trail: Trail) -> TrailLocation:
    """Return the location of the log files of an item of DescribeTrails."""
    prefix = (trail.get("S3KeyPrefix") or "").strip("/")
    return TrailLocation(trail["S3BucketName"], prefix + "/" if prefix else "")
