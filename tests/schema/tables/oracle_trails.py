"""What plain CloudTrail calls tell of its configuration, as rows of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.schema.tables.boto3_client import Asked, taken
from tests.schema.tables.boto3_oracle import Row, answered, as_json, listed

TRAIL = (
    *("Name", "HomeRegion", "IsMultiRegionTrail", "LogFileValidationEnabled", "HasCustomEventSelectors", "KmsKeyId"),
    *("HasInsightSelectors", "IncludeGlobalServiceEvents", "IsOrganizationTrail"),
)
STATUS = (
    *("IsLogging", "LatestDeliveryError", "LatestDeliveryTime", "LatestDigestDeliveryError", "LatestNotificationError"),
    *("LatestDigestDeliveryTime", "LatestNotificationTime", "StartLoggingTime", "StopLoggingTime"),
)


def trails(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_cloudtrail_trail; of a trail that several regions show, its home says how it fares."""
    for region, client in asked.everywhere("cloudtrail"):
        for item in client.describe_trails()["trailList"]:
            home, arn = asked.client("cloudtrail", item["HomeRegion"]), item["TrailARN"]
            status = answered(home, "get_trail_status", Name=arn) or {}
            chosen = answered(home, "get_event_selectors", TrailName=arn) or {}
            unusual = answered(home, "get_insight_selectors", TrailName=arn) or {}
            tagged = (answered(home, "list_tags", ResourceIdList=[arn]) or {}).get("ResourceTagList")
            tags = tagged[0]["TagsList"] if tagged else None
            yield {
                **taken(item, *TRAIL),
                **taken(status, *STATUS),
                "arn": arn,
                "s3_bucket_name": item["S3BucketName"],
                "s3_key_prefix": item.get("S3KeyPrefix"),
                "log_group_arn": item.get("CloudWatchLogsLogGroupArn"),
                "cloudwatch_logs_role_arn": item.get("CloudWatchLogsRoleArn"),
                "sns_topic_arn": item.get("SnsTopicARN"),
                "latest_cloudwatch_logs_delivery_error": status.get("LatestCloudWatchLogsDeliveryError"),
                "latest_cloudwatch_logs_delivery_time": status.get("LatestCloudWatchLogsDeliveryTime"),
                **taken(chosen, "AdvancedEventSelectors", "EventSelectors"),
                **taken(unusual, "InsightSelectors"),
                "tags_src": tags,
                "tags": None if tags is None else {tag["Key"]: tag["Value"] for tag in tags},
                "akas": [arn],
                "title": item["Name"],
                **asked.ending(region),
            }


def _stores(asked: Asked) -> Iterator[tuple[str, Any, str]]:
    for region, client in asked.everywhere("cloudtrail"):
        for item in listed(client, "list_event_data_stores", "EventDataStores"):
            yield region, client, item["EventDataStoreArn"]


def event_data_stores(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_cloudtrail_event_data_store."""
    members = (
        *("Name", "Status", "BillingMode", "FederationRoleArn", "FederationStatus", "KmsKeyId", "CreatedTimestamp"),
        *("MultiRegionEnabled", "OrganizationEnabled", "RetentionPeriod", "TerminationProtectionEnabled"),
        *("UpdatedTimestamp", "AdvancedEventSelectors"),
    )
    for region, client, arn in _stores(asked):
        item = client.get_event_data_store(EventDataStore=arn)
        yield {**taken(item, *members), "arn": arn, "akas": [arn], "title": item["Name"], **asked.ending(region)}


def channels(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_cloudtrail_channel."""
    for region, client in asked.everywhere("cloudtrail"):
        for one in listed(client, "list_channels", "Channels"):
            item = client.get_channel(Channel=one["ChannelArn"])
            yield {
                "name": one["Name"],
                "arn": one["ChannelArn"],
                **taken(item["SourceConfig"], "ApplyToAllRegions", "AdvancedEventSelectors"),
                **as_json(taken(item, "Source", "IngestionStatus", "Destinations", "SourceConfig")),
                "akas": [one["ChannelArn"]],
                "title": one["Name"],
                **asked.ending(region),
            }


def imports(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_cloudtrail_import."""
    for region, client in asked.everywhere("cloudtrail"):
        for one in listed(client, "list_imports", "Imports"):
            item = client.get_import(ImportId=one["ImportId"])
            yield {
                **taken(one, "ImportId", "CreatedTimestamp", "ImportStatus", "UpdatedTimestamp", "Destinations"),
                **taken(item, "EndEventTime", "StartEventTime", "ImportStatistics"),
                "import_source": item["ImportSource"]["S3"],
                "title": one["ImportId"],
                **asked.ending(region),
            }


def queries(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_cloudtrail_query."""
    counts = ("BytesScanned", "EventsMatched", "EventsScanned", "ExecutionTimeInMillis")
    for region, client, arn in _stores(asked):
        for one in listed(client, "list_queries", "Queries", EventDataStore=arn):
            item = client.describe_query(QueryId=one["QueryId"])
            yield {
                **taken(one, "QueryId", "CreationTime", "QueryStatus"),
                "event_data_store_arn": arn,
                "delivery_s3_uri": item.get("DeliveryS3Uri"),
                **taken(item, "DeliveryStatus", "ErrorMessage", "QueryString"),
                **taken(item["QueryStatistics"], *counts),
                "title": one["QueryId"],
                **asked.ending(region),
            }
