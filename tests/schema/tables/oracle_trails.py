"""Expected rows of the tables of CloudTrail's configuration, from plain calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.schema.tables.boto3_client import ServiceAccount, take_members
from tests.schema.tables.boto3_oracle import Row, as_json, listed, response_of

TRAIL = (
    *("Name", "HomeRegion", "IsMultiRegionTrail", "LogFileValidationEnabled", "HasCustomEventSelectors", "KmsKeyId"),
    *("HasInsightSelectors", "IncludeGlobalServiceEvents", "IsOrganizationTrail"),
)
STATUS = (
    *("IsLogging", "LatestDeliveryError", "LatestDeliveryTime", "LatestDigestDeliveryError", "LatestNotificationError"),
    *("LatestDigestDeliveryTime", "LatestNotificationTime", "StartLoggingTime", "StopLoggingTime"),
)


def trails(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_cloudtrail_trail; the status of a trail in several regions is that of its home region."""
    for region, client in account.regional_clients("cloudtrail"):
        for item in client.describe_trails()["trailList"]:
            home, arn = account.create_client("cloudtrail", item["HomeRegion"]), item["TrailARN"]
            status = response_of(home, "get_trail_status", Name=arn) or {}
            chosen = response_of(home, "get_event_selectors", TrailName=arn) or {}
            unusual = response_of(home, "get_insight_selectors", TrailName=arn) or {}
            tagged = (response_of(home, "list_tags", ResourceIdList=[arn]) or {}).get("ResourceTagList")
            tags = tagged[0]["TagsList"] if tagged else None
            yield {
                **take_members(item, *TRAIL),
                **take_members(status, *STATUS),
                "arn": arn,
                "s3_bucket_name": item["S3BucketName"],
                "s3_key_prefix": item.get("S3KeyPrefix"),
                "log_group_arn": item.get("CloudWatchLogsLogGroupArn"),
                "cloudwatch_logs_role_arn": item.get("CloudWatchLogsRoleArn"),
                "sns_topic_arn": item.get("SnsTopicARN"),
                "latest_cloudwatch_logs_delivery_error": status.get("LatestCloudWatchLogsDeliveryError"),
                "latest_cloudwatch_logs_delivery_time": status.get("LatestCloudWatchLogsDeliveryTime"),
                **take_members(chosen, "AdvancedEventSelectors", "EventSelectors"),
                **take_members(unusual, "InsightSelectors"),
                "tags_src": tags,
                "tags": None if tags is None else {tag["Key"]: tag["Value"] for tag in tags},
                "akas": [arn],
                "title": item["Name"],
                **account.common_columns(region),
            }


def _stores(account: ServiceAccount) -> Iterator[tuple[str, Any, str]]:
    for region, client in account.regional_clients("cloudtrail"):
        for item in listed(client, "list_event_data_stores", "EventDataStores"):
            yield region, client, item["EventDataStoreArn"]


def event_data_stores(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_cloudtrail_event_data_store."""
    members = (
        *("Name", "Status", "BillingMode", "FederationRoleArn", "FederationStatus", "KmsKeyId", "CreatedTimestamp"),
        *("MultiRegionEnabled", "OrganizationEnabled", "RetentionPeriod", "TerminationProtectionEnabled"),
        *("UpdatedTimestamp", "AdvancedEventSelectors"),
    )
    for region, client, arn in _stores(account):
        item = client.get_event_data_store(EventDataStore=arn)
        yield {
            **take_members(item, *members),
            "arn": arn,
            "akas": [arn],
            "title": item["Name"],
            **account.common_columns(region),
        }


def channels(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_cloudtrail_channel."""
    for region, client in account.regional_clients("cloudtrail"):
        for channel in listed(client, "list_channels", "Channels"):
            item = client.get_channel(Channel=channel["ChannelArn"])
            yield {
                "name": channel["Name"],
                "arn": channel["ChannelArn"],
                **take_members(item["SourceConfig"], "ApplyToAllRegions", "AdvancedEventSelectors"),
                **as_json(take_members(item, "Source", "IngestionStatus", "Destinations", "SourceConfig")),
                "akas": [channel["ChannelArn"]],
                "title": channel["Name"],
                **account.common_columns(region),
            }


def imports(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_cloudtrail_import."""
    for region, client in account.regional_clients("cloudtrail"):
        for listed_import in listed(client, "list_imports", "Imports"):
            item = client.get_import(ImportId=listed_import["ImportId"])
            yield {
                **take_members(
                    listed_import, "ImportId", "CreatedTimestamp", "ImportStatus", "UpdatedTimestamp", "Destinations"
                ),
                **take_members(item, "EndEventTime", "StartEventTime", "ImportStatistics"),
                "import_source": item["ImportSource"]["S3"],
                "title": listed_import["ImportId"],
                **account.common_columns(region),
            }


def queries(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_cloudtrail_query."""
    counts = ("BytesScanned", "EventsMatched", "EventsScanned", "ExecutionTimeInMillis")
    for region, client, arn in _stores(account):
        for query in listed(client, "list_queries", "Queries", EventDataStore=arn):
            item = client.describe_query(QueryId=query["QueryId"])
            yield {
                **take_members(query, "QueryId", "CreationTime", "QueryStatus"),
                "event_data_store_arn": arn,
                "delivery_s3_uri": item.get("DeliveryS3Uri"),
                **take_members(item, "DeliveryStatus", "ErrorMessage", "QueryString"),
                **take_members(item["QueryStatistics"], *counts),
                "title": query["QueryId"],
                **account.common_columns(region),
            }
