"""How CloudTrail is set up in the made-up organization: two trails, a data store, a channel, an import, two queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from iamsql.demo.directory import Directory
from iamsql.demo.errors import AwsError
from iamsql.demo.lake import Lake
from iamsql.demo.papers import NETWORK
from iamsql.demo.people import Site
from iamsql.demo.story.evasion import STOPPED
from iamsql.demo.vaults import ORG_BUCKET, ORG_PREFIX, OWN_BUCKET

Item = dict[str, Any]
Params = dict[str, Any]
ORG_NAME, OWN_NAME = "acme-organization", "network-trail"


class Trails:
    """Answers CloudTrail's configuration calls; without `organization` and `own` there is no trail at all."""

    def __init__(self, directory: Directory, *, organization: bool, own: bool) -> None:
        self.directory = directory
        self.lake = Lake(directory) if own else None
        self.trails: list[tuple[Site, Item]] = []
        if organization:
            self.trails.append((directory.management, self._organization()))
        if own:
            self.trails.append((directory.by_id[NETWORK], self._own()))

    def _arn(self, site: Site, name: str) -> str:
        return f"arn:{site.partition}:cloudtrail:{site.home}:{site.account_id}:trail/{name}"

    def _organization(self) -> Item:
        site = self.directory.management
        return {
            "Name": ORG_NAME,
            "S3BucketName": ORG_BUCKET,
            "S3KeyPrefix": ORG_PREFIX,
            "IncludeGlobalServiceEvents": True,
            "IsMultiRegionTrail": True,
            "HomeRegion": site.home,
            "TrailARN": self._arn(site, ORG_NAME),
            "LogFileValidationEnabled": True,
            "KmsKeyId": f"arn:{site.partition}:kms:{site.home}:{site.account_id}:key/5c0ffee0-0000-4000-8000-000000000001",
            "CloudWatchLogsLogGroupArn": f"arn:{site.partition}:logs:{site.home}:{site.account_id}:log-group:trail:*",
            "CloudWatchLogsRoleArn": site.arn("role", "/", "trail-to-logs"),
            "HasCustomEventSelectors": True,
            "HasInsightSelectors": True,
            "IsOrganizationTrail": True,
        }

    def _own(self) -> Item:
        site = self.directory.by_id[NETWORK]
        topic = f"arn:{site.partition}:sns:{site.home}:{site.account_id}:trail-news"
        group = f"arn:{site.partition}:logs:{site.home}:{site.account_id}:log-group:trail:*"
        return {
            "Name": OWN_NAME,
            "S3BucketName": OWN_BUCKET,
            "SnsTopicName": topic,
            "SnsTopicARN": topic,
            "IncludeGlobalServiceEvents": True,
            "IsMultiRegionTrail": False,
            "HomeRegion": site.home,
            "TrailARN": self._arn(site, OWN_NAME),
            "LogFileValidationEnabled": False,
            "CloudWatchLogsLogGroupArn": group,
            "CloudWatchLogsRoleArn": site.arn("role", "/", "trail-to-logs"),
            "HasCustomEventSelectors": False,
            "HasInsightSelectors": False,
            "IsOrganizationTrail": False,
        }

    @property
    def singles(self) -> dict[str, Callable[[Site, str, Params], Item]]:
        """Name the operations that answer with one thing."""
        mine = {
            "DescribeTrails": self.describe,
            "GetTrailStatus": self.status,
            "GetEventSelectors": self.selectors,
            "GetInsightSelectors": self.insights,
            "ListTags": self.tags,
        }
        return mine | (self.lake.singles if self.lake else {})

    @property
    def lists(self) -> dict[str, tuple[str, Callable[[Site, str, Params], Sequence[Item]]]]:
        """Name the paged operations: member and source."""
        if self.lake:
            return self.lake.lists
        return {
            "ListEventDataStores": ("EventDataStores", lambda *_: ()),
            "ListChannels": ("Channels", lambda *_: ()),
            "ListImports": ("Imports", lambda *_: ()),
        }

    def seen(self, site: Site, region: str, *, shadows: bool = True) -> list[Item]:
        """List the trails that an account sees in a region: its own, and shadows of other regions' and management's."""
        return [
            trail
            for owner, trail in self.trails
            if (owner is site and trail["HomeRegion"] == region)
            or (shadows and trail["IsMultiRegionTrail"] and (owner is site or trail["IsOrganizationTrail"]))
        ]

    def describe(self, site: Site, region: str, params: Params) -> Item:
        """Answer DescribeTrails: a name that does not exist is left out, an ARN as well."""
        found = self.seen(site, region, shadows=params.get("includeShadowTrails", True))
        wanted = params.get("trailNameList")
        chosen = [one for one in found if not wanted or one["Name"] in wanted or one["TrailARN"] in wanted]
        return {"trailList": chosen}

    def find(self, site: Site, region: str, name: str) -> Item:
        """Find a trail, by its ARN in every region, by its name only where it is at home, or refuse."""
        for trail in self.seen(site, region):
            home = trail["HomeRegion"] == region and trail["TrailARN"].split(":")[4] == site.account_id
            if trail["TrailARN"] == name or (home and trail["Name"] == name):
                return trail
        arn = (
            name
            if name.startswith("arn:")
            else f"arn:{site.partition}:cloudtrail:{region}:{site.account_id}:trail/{name}"
        )
        raise AwsError("TrailNotFoundException", f"Unknown trail: {arn} for the user: {site.account_id}")

    def status(self, site: Site, region: str, params: Params) -> Item:
        """Answer GetTrailStatus."""
        trail = self.find(site, region, params.get("Name", ""))
        owner = next(owner for owner, one in self.trails if one is trail)
        started, midnight = owner.at(600, "trail/started"), owner.midnight
        if trail["Name"] == ORG_NAME:
            times = {
                "LatestDeliveryTime": midnight + timedelta(hours=11, minutes=52),
                "LatestDigestDeliveryTime": midnight + timedelta(hours=11, minutes=30),
                "StartLoggingTime": started,
            }
            events = {"LatestCloudWatchLogsDeliveryTime": midnight + timedelta(hours=11, minutes=55)}
            return {"IsLogging": True, **times, **events, **_words(times, "")}
        stopped = midnight + STOPPED
        times = {"LatestDeliveryTime": stopped, "StartLoggingTime": started, "StopLoggingTime": stopped}
        return {
            "IsLogging": False,
            "LatestDeliveryError": "NoSuchBucket",
            "LatestCloudWatchLogsDeliveryTime": stopped,
            **times,
            **_words(times, f"{stopped:%Y-%m-%dT%H:%M:%SZ}"),
        }

    def selectors(self, site: Site, region: str, params: Params) -> Item:
        """Answer GetEventSelectors: advanced ones of the organization's trail, basic ones of the other."""
        trail = self.find(site, region, params.get("TrailName", ""))
        if trail["Name"] == ORG_NAME:
            data = (("eventCategory", "Data"), ("resources.type", "AWS::S3::Object"))
            fields = (("Management", (("eventCategory", "Management"),)), ("Objects", data))
            return {
                "TrailARN": trail["TrailARN"],
                "AdvancedEventSelectors": [
                    {"Name": name, "FieldSelectors": [{"Field": field, "Equals": [value]} for field, value in pairs]}
                    for name, pairs in fields
                ],
            }
        basic = {
            "ReadWriteType": "WriteOnly",
            "IncludeManagementEvents": True,
            "DataResources": [],
            "ExcludeManagementEventSources": ["kms.amazonaws.com"],
        }
        return {"TrailARN": trail["TrailARN"], "EventSelectors": [basic]}

    def insights(self, site: Site, region: str, params: Params) -> Item:
        """Answer GetInsightSelectors."""
        trail = self.find(site, region, params.get("TrailName", ""))
        if not trail["HasInsightSelectors"]:
            words = f"Insights is not enabled on the trail: {trail['TrailARN']}"
            raise AwsError("InsightNotEnabledException", words)
        kinds = ("ApiCallRateInsight", "ApiErrorRateInsight")
        return {"TrailARN": trail["TrailARN"], "InsightSelectors": [{"InsightType": kind} for kind in kinds]}

    def tags(self, site: Site, region: str, params: Params) -> Item:
        """Answer ListTags: in a trail's own account and region alone (assumed), as of any other resource."""
        found = []
        for arn in params.get("ResourceIdList", ()):
            pairs = self._tags(site, region, arn)
            found.append({"ResourceId": arn, "TagsList": [{"Key": key, "Value": value} for key, value in pairs]})
        return {"ResourceTagList": found}

    def _tags(self, site: Site, region: str, arn: str) -> tuple[tuple[str, str], ...]:
        parts = arn.split(":")
        if len(parts) != 6 or parts[2] != "cloudtrail":
            raise AwsError("CloudTrailARNInvalidException", f"The ARN is not valid: {arn}")
        if parts[3:5] == [region, site.account_id]:
            if any(trail["TrailARN"] == arn for _, trail in self.trails):
                name = parts[5].partition("/")[2]
                return (("owner", "security"), ("Environment", "prod")) if name == ORG_NAME else ()
            if self.lake and self.lake.knows(arn):
                return (("owner", "security"),)
        raise AwsError("ResourceNotFoundException", f"The resource was not found: {arn}")


def _words(times: Item, stopped: str) -> Item:
    latest, started = (f"{times[name]:%Y-%m-%dT%H:%M:%SZ}" for name in ("LatestDeliveryTime", "StartLoggingTime"))
    return {
        "LatestDeliveryAttemptTime": latest,
        "LatestNotificationAttemptTime": "",
        "LatestNotificationAttemptSucceeded": "",
        "LatestDeliveryAttemptSucceeded": latest,
        "TimeLoggingStarted": started,
        "TimeLoggingStopped": stopped,
    }
