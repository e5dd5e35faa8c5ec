"""CloudTrail Lake in the security account: one event data store, one channel, one import, two queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from iamsql.demo.directory import Directory
from iamsql.demo.errors import AwsError
from iamsql.demo.papers import TOOLS
from iamsql.demo.people import Site
from iamsql.demo.vaults import ORG_TRAIL

Item = dict[str, Any]
Params = dict[str, Any]
STORE, CHANNEL = "0e5bd7c4-1111-4000-8000-000000000001", "4c5ab1ea-2222-4000-8000-000000000002"
IMPORT = "7d1ba110-3333-4000-8000-000000000003"
GOOD, BAD = "90000000-4444-4000-8000-000000000004", "90000000-4444-4000-8000-000000000005"
SELECTORS = [{"Name": "Management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]


class Lake:
    """Answers for the lake's account in its region; everybody else has nothing."""

    def __init__(self, directory: Directory) -> None:
        self.site = directory.by_id[TOOLS]
        self.region = "eu-west-1" if self.site.partition == "aws" else self.site.home
        head = f"arn:{self.site.partition}:cloudtrail:{self.region}:{TOOLS}"
        self.store_arn, self.channel_arn = f"{head}:eventdatastore/{STORE}", f"{head}:channel/{CHANNEL}"
        self.source = f"{ORG_TRAIL}/AWSLogs/"

    @property
    def singles(self) -> dict[str, Callable[[Site, str, Params], Item]]:
        """Name the operations that answer with one thing."""
        return {
            "GetEventDataStore": self.store,
            "GetChannel": self.channel,
            "GetImport": self.imported,
            "DescribeQuery": self.query,
        }

    @property
    def lists(self) -> dict[str, tuple[str, Callable[[Site, str, Params], Sequence[Item]]]]:
        """Name the paged operations: member and source."""
        return {
            "ListEventDataStores": ("EventDataStores", self.stores),
            "ListChannels": ("Channels", self.channels),
            "ListImports": ("Imports", self.imports),
            "ListQueries": ("Queries", self.queries),
        }

    def knows(self, arn: str) -> bool:
        """Tell whether an ARN is the store's or the channel's."""
        return arn in (self.store_arn, self.channel_arn)

    def _here(self, site: Site, region: str) -> bool:
        return site is self.site and region == self.region

    def _check(self, site: Site, region: str, given: str, arn: str, kind: str) -> None:
        """Refuse all but the one thing there is, by its ARN or the last part of it."""
        if not self._here(site, region) or given not in (arn, arn.rpartition("/")[2]):
            raise AwsError(f"{kind}NotFoundException", f"The {kind} {given} was not found.")

    def stores(self, site: Site, region: str, _: Params) -> Sequence[Item]:
        """List event data stores: name and ARN, as the other members are no longer given."""
        return [{"EventDataStoreArn": self.store_arn, "Name": "acme-lake"}] if self._here(site, region) else []

    def store(self, site: Site, region: str, params: Params) -> Item:
        """Answer GetEventDataStore."""
        self._check(site, region, params.get("EventDataStore", ""), self.store_arn, "EventDataStore")
        return {
            "EventDataStoreArn": self.store_arn,
            "Name": "acme-lake",
            "Status": "ENABLED",
            "AdvancedEventSelectors": SELECTORS,
            "MultiRegionEnabled": True,
            "OrganizationEnabled": True,
            "RetentionPeriod": 366,
            "TerminationProtectionEnabled": True,
            "CreatedTimestamp": self.site.at(200, "lake"),
            "UpdatedTimestamp": self.site.at(40, "lake"),
            "BillingMode": "EXTENDABLE_RETENTION_PRICING",
            "FederationStatus": "DISABLED",
        }

    def channels(self, site: Site, region: str, _: Params) -> Sequence[Item]:
        """List channels."""
        return [{"ChannelArn": self.channel_arn, "Name": "git-audit"}] if self._here(site, region) else []

    def channel(self, site: Site, region: str, params: Params) -> Item:
        """Answer GetChannel."""
        self._check(site, region, params.get("Channel", ""), self.channel_arn, "Channel")
        return {
            "ChannelArn": self.channel_arn,
            "Name": "git-audit",
            "Source": "GitHub",
            "SourceConfig": {"ApplyToAllRegions": False, "AdvancedEventSelectors": SELECTORS},
            "Destinations": [{"Type": "EVENT_DATA_STORE", "Location": self.store_arn}],
            "IngestionStatus": {
                "LatestIngestionSuccessTime": self.site.at(1, "channel"),
                "LatestIngestionSuccessEventID": "90000000-5555-4000-8000-000000000006",
                "LatestIngestionAttemptTime": self.site.at(1, "channel"),
                "LatestIngestionAttemptEventID": "90000000-5555-4000-8000-000000000006",
            },
        }

    def _import(self) -> Item:
        return {
            "ImportId": IMPORT,
            "ImportStatus": "COMPLETED",
            "Destinations": [self.store_arn],
            "CreatedTimestamp": self.site.at(199, "import"),
            "UpdatedTimestamp": self.site.at(198, "import"),
        }

    def imports(self, site: Site, region: str, params: Params) -> Sequence[Item]:
        """List imports, by state or destination where asked."""
        wanted = params.get("ImportStatus", "COMPLETED"), params.get("Destination", self.store_arn)
        return [self._import()] if self._here(site, region) and wanted == ("COMPLETED", self.store_arn) else []

    def imported(self, site: Site, region: str, params: Params) -> Item:
        """Answer GetImport."""
        self._check(site, region, params.get("ImportId", ""), IMPORT, "Import")
        role = self.site.arn("role", "/service-role/", "lake-import")
        source = {"S3LocationUri": self.source, "S3BucketRegion": self.region, "S3BucketAccessRoleArn": role}
        counts = ("PrefixesFound", 14), ("PrefixesCompleted", 14), ("FilesCompleted", 9120), ("FailedEntries", 0)
        return self._import() | {
            "ImportSource": {"S3": source},
            "StartEventTime": self.site.midnight - timedelta(days=290),
            "EndEventTime": self.site.midnight - timedelta(days=200),
            "ImportStatistics": dict(counts) | {"EventsCompleted": 1204417},
        }

    def queries(self, site: Site, region: str, params: Params) -> Sequence[Item]:
        """List the queries of the last seven days, by state where asked."""
        self._check(site, region, params.get("EventDataStore", ""), self.store_arn, "EventDataStore")
        pairs = ((GOOD, "FINISHED", 1), (BAD, "FAILED", 3))
        return [
            {"QueryId": query, "QueryStatus": state, "CreationTime": self.site.at(age, query)}
            for query, state, age in pairs
            if params.get("QueryStatus", state) == state
        ]

    def query(self, site: Site, region: str, params: Params) -> Item:
        """Answer DescribeQuery."""
        if "EventDataStore" in params:
            self._check(site, region, params["EventDataStore"], self.store_arn, "EventDataStore")
        query = params.get("QueryId", "")
        if not self._here(site, region) or query not in (GOOD, BAD):
            raise AwsError("QueryIdNotFoundException", f"The query {query} was not found.")
        text = f"SELECT eventName, count(*) FROM {STORE} GROUP BY eventName"
        if query == BAD:
            statistics: Item = {"CreationTime": self.site.at(3, BAD)}
            state = {"QueryStatus": "FAILED", "ErrorMessage": "Query exceeded the time limit."}
        else:
            counts = {"EventsMatched": 1871, "EventsScanned": 204113, "BytesScanned": 91750112}
            statistics = counts | {"ExecutionTimeInMillis": 4210, "CreationTime": self.site.at(1, GOOD)}
            state = {"QueryStatus": "FINISHED", "DeliveryStatus": "SUCCESS", "DeliveryS3Uri": "s3://acme-athena/lake/"}
        return {"QueryId": query, "QueryString": text, "QueryStatistics": statistics} | state
