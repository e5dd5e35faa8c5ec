"""A trail in a region: one row for its home region, and one for each other region that shows it."""

from iamsql.model import Call, Join, Table
from iamsql.tables.calls.account import NO_LAKE, for_each
from iamsql.tables.fragments.columns import C, akas, tags_or_empty, tags_src, title

# A member account may not see a trail of the organization.
_NO_TRAIL = ("TrailNotFoundException", "CloudTrailARNInvalidException")
_NO_INSIGHTS = (*_NO_TRAIL, "InsightNotEnabledException")
_NO_TAGS = ("ResourceNotFoundException", "CloudTrailARNInvalidException")
# DescribeTrails is not paginated. By default it returns the trails of other regions and of the organization too (shadow trails).
# Assumed: the other operations accept the ARN of a trail in all of these regions, as AWS documents for GetTrailStatus.
TRAILS = Call("cloudtrail", "DescribeTrails", "trailList", empty_on=NO_LAKE, regional=True, on_demand=True)
STATUS = for_each(TRAILS, "GetTrailStatus", "", {"Name": "$.TrailARN"}, empty_on=_NO_TRAIL)
SELECTORS = for_each(TRAILS, "GetEventSelectors", "", {"TrailName": "$.TrailARN"}, empty_on=_NO_TRAIL)
INSIGHTS = for_each(TRAILS, "GetInsightSelectors", "", {"TrailName": "$.TrailARN"}, empty_on=_NO_INSIGHTS)
# The brackets make a list of the ARN: ListTags has a list parameter.
TAGS = for_each(TRAILS, "ListTags", "ResourceTagList", {"ResourceIdList": "[$.TrailARN]"}, empty_on=_NO_TAGS)

TABLE = Table(
    call=TRAILS,
    key=("account_id", "region", "arn"),
    joins=(
        Join("status", STATUS),
        Join("events", SELECTORS),
        Join("insights", INSIGHTS),
        Join("tagged", TAGS, on="$.TrailARN", to="$.ResourceId"),
    ),
    columns=(
        C("name", "text", "The name of the trail."),
        C("arn", "text", "The ARN of the trail, with its account and its home region.", "$.TrailARN"),
        C("home_region", "text", "The region where the trail was created."),
        C("is_multi_region_trail", "boolean", "Whether the trail exists in all regions."),
        C("log_file_validation_enabled", "boolean", "Whether log file integrity validation is enabled."),
        C("is_logging", "boolean", "Whether the trail is logging; null if its status could not be read.", "status:"),
        C("log_group_arn", "text", "The ARN of the log group that receives the events.", "$.CloudWatchLogsLogGroupArn"),
        C("cloudwatch_logs_role_arn", "text", "The role that writes to the log group.", "$.CloudWatchLogsRoleArn"),
        C("has_custom_event_selectors", "boolean", "Whether the trail has custom event selectors."),
        C("has_insight_selectors", "boolean", "Whether Insights events are enabled on the trail."),
        C("include_global_service_events", "boolean", "Whether the trail logs events of global services, such as IAM."),
        C("is_organization_trail", "boolean", "Whether the trail is an organization trail."),
        C("kms_key_id", "text", "The KMS key that encrypts the log files; null if no KMS key does."),
        C("s3_bucket_name", "text", "The name of the bucket to which CloudTrail delivers log files."),
        C("s3_key_prefix", "text", "The key prefix before AWSLogs/; null if there is none."),
        C("sns_topic_arn", "text", "The ARN of the SNS topic that CloudTrail notifies of log files.", "$.SnsTopicARN"),
        C(
            "latest_cloudwatch_logs_delivery_error",
            "text",
            "The error of the latest delivery to CloudWatch Logs.",
            "status:$.LatestCloudWatchLogsDeliveryError",
        ),
        C(
            "latest_cloudwatch_logs_delivery_time",
            "timestamptz",
            "The date and time of the latest delivery to CloudWatch Logs.",
            "status:$.LatestCloudWatchLogsDeliveryTime",
        ),
        C("latest_delivery_error", "text", "The S3 error of the latest delivery of log files.", "status:"),
        C("latest_delivery_time", "timestamptz", "The date and time of the latest delivery of log files.", "status:"),
        C("latest_digest_delivery_error", "text", "The S3 error of the latest digest delivery.", "status:"),
        C("latest_digest_delivery_time", "timestamptz", "The date and time of the latest digest delivery.", "status:"),
        C("latest_notification_error", "text", "The SNS error of the latest notification.", "status:"),
        C("latest_notification_time", "timestamptz", "The date and time of the latest notification.", "status:"),
        C("start_logging_time", "timestamptz", "The date and time when logging was most recently started.", "status:"),
        C("stop_logging_time", "timestamptz", "The date and time when logging was most recently stopped.", "status:"),
        C("advanced_event_selectors", "json", "The advanced event selectors; null if there are none.", "events:"),
        C("event_selectors", "json", "The basic event selectors; null if there are none.", "events:"),
        C("insight_selectors", "json", "The enabled types of Insights events; null if there are none.", "insights:"),
        tags_src("tagged:$.TagsList", ""),
        tags_or_empty("tagged:$.TagsList"),
        akas("$.TrailARN"),
        title("$.Name"),
    ),
)
