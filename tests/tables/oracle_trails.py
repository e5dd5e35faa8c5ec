"""Expected rows of the table of trails, from plain calls."""

from __future__ import annotations

from collections.abc import Iterator

from tests.tables.boto3_client import ServiceAccount, take_members
from tests.tables.boto3_oracle import Row, response_of

TRAIL = (
    *("Name", "HomeRegion", "IsMultiRegionTrail", "LogFileValidationEnabled", "HasCustomEventSelectors", "KmsKeyId"),
    *("HasInsightSelectors", "IncludeGlobalServiceEvents", "IsOrganizationTrail"),
)
STATUS = (
    *("IsLogging", "LatestDeliveryError", "LatestDeliveryTime", "LatestDigestDeliveryError", "LatestNotificationError"),
    *("LatestDigestDeliveryTime", "LatestNotificationTime", "StartLoggingTime", "StopLoggingTime"),
)


def trails(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_cloudtrail_trail; the status of a trail in several regions is the status of its home region."""
    for region, client in account.regional_clients("cloudtrail"):
        for item in client.describe_trails()["trailList"]:
            home, arn = account.create_client("cloudtrail", item["HomeRegion"]), item["TrailARN"]
            status = response_of(home, "get_trail_status", Name=arn) or {}
            selectors = response_of(home, "get_event_selectors", TrailName=arn) or {}
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
                **take_members(selectors, "AdvancedEventSelectors", "EventSelectors"),
                **take_members(unusual, "InsightSelectors"),
                "tags_src": tags,
                "tags": None if tags is None else {tag["Key"]: tag["Value"] for tag in tags},
                "akas": [arn],
                "title": item["Name"],
                **account.common_columns(region),
            }
