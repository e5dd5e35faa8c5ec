"""CloudTrail's trails: what is logged, where the files go, and whether they get there."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import AKAS, TITLE
from iamsql.schema.tables._trail_calls import TRAIL_INSIGHTS, TRAIL_SELECTORS, TRAIL_STATUS, TRAIL_TAGS, TRAILS

TABLE = Table(
    "aws_cloudtrail_trail",
    "A trail as one region shows it: in its home region, and in each other region that it covers.",
    call=TRAILS,
    key=("account_id", "region", "arn"),
    joins=(
        Join("status", TRAIL_STATUS, on="$.TrailARN", to="@$.Name"),
        Join("events", TRAIL_SELECTORS, on="$.TrailARN", to="@$.TrailName"),
        Join("insights", TRAIL_INSIGHTS, on="$.TrailARN", to="@$.TrailName"),
        Join("tagged", TRAIL_TAGS, on="$.TrailARN", to="$.ResourceId"),
    ),
    columns=(
        C("name", "text", "The trail's name."),
        C("arn", "text", "The ARN; it names the account and the region that the trail belongs to.", "$.TrailARN"),
        C("home_region", "text", "The region in which it was made."),
        C("is_multi_region_trail", "boolean", "Whether it covers all regions."),
        C("log_file_validation_enabled", "boolean", "Whether digest files prove that no log file was changed."),
        C(
            "is_logging",
            "boolean",
            "Whether it logs now; null when its status could not be read.",
            "status:$.IsLogging",
        ),
        C(
            "log_group_arn",
            "text",
            "The CloudWatch Logs group that gets the events; null when none does.",
            "$.CloudWatchLogsLogGroupArn",
        ),
        C(
            "cloudwatch_logs_role_arn",
            "text",
            "The role with which CloudTrail writes to the log group.",
            "$.CloudWatchLogsRoleArn",
        ),
        C("has_custom_event_selectors", "boolean", "Whether selectors other than the default choose the events."),
        C("has_insight_selectors", "boolean", "Whether unusual activity is looked for."),
        C("include_global_service_events", "boolean", "Whether events of global services such as IAM are logged."),
        C("is_organization_trail", "boolean", "Whether it logs every account of the organization."),
        C("kms_key_id", "text", "The KMS key that encrypts the log files; null when S3's own key does."),
        C("s3_bucket_name", "text", "The bucket that gets the log files."),
        C("s3_key_prefix", "text", "What stands before AWSLogs/ in the keys; null when nothing does."),
        C("sns_topic_arn", "text", "The topic that is told of each new log file.", "$.SnsTopicARN"),
        C(
            "latest_cloudwatch_logs_delivery_error",
            "text",
            "Why the last delivery to the log group failed; null when it did not.",
            "status:$.LatestCloudWatchLogsDeliveryError",
        ),
        C(
            "latest_cloudwatch_logs_delivery_time",
            "timestamptz",
            "When events last reached the log group.",
            "status:$.LatestCloudWatchLogsDeliveryTime",
        ),
        C(
            "latest_delivery_error",
            "text",
            "Why the last log file did not reach the bucket; null when it did.",
            "status:$.LatestDeliveryError",
        ),
        C(
            "latest_delivery_time",
            "timestamptz",
            "When a log file last reached the bucket.",
            "status:$.LatestDeliveryTime",
        ),
        C(
            "latest_digest_delivery_error",
            "text",
            "Why the last digest file did not reach the bucket; null when it did.",
            "status:$.LatestDigestDeliveryError",
        ),
        C(
            "latest_digest_delivery_time",
            "timestamptz",
            "When a digest file last reached the bucket.",
            "status:$.LatestDigestDeliveryTime",
        ),
        C(
            "latest_notification_error",
            "text",
            "The error of the last notification to the topic; null if it succeeded.",
            "status:$.LatestNotificationError",
        ),
        C(
            "latest_notification_time",
            "timestamptz",
            "When the topic was last told.",
            "status:$.LatestNotificationTime",
        ),
        C("start_logging_time", "timestamptz", "When logging was last started.", "status:$.StartLoggingTime"),
        C("stop_logging_time", "timestamptz", "When logging was last stopped.", "status:$.StopLoggingTime"),
        C(
            "advanced_event_selectors",
            "json",
            "The advanced selectors that choose the events; null when it has basic ones.",
            "events:$.AdvancedEventSelectors",
        ),
        C(
            "event_selectors",
            "json",
            "The basic selectors that choose the events; null when it has advanced ones.",
            "events:$.EventSelectors",
        ),
        C(
            "insight_selectors",
            "json",
            "The kinds of unusual activity that are looked for; null when none is.",
            "insights:$.InsightSelectors",
        ),
        C("tags_src", "json", "Tags as a list of Key and Value; null when not read.", "tagged:$.TagsList"),
        C("tags", "json", "Tags as a map; null when not read.", "tagged:$.TagsList", "tag_map_or_empty"),
        C("akas", "json", AKAS, "$.TrailARN", "one_list"),
        C("title", "text", TITLE, "$.Name"),
    ),
)
