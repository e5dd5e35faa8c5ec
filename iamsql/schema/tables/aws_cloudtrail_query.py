"""Queries that people ran over CloudTrail Lake: who looks into the audit trail leaves a trace as well."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._trail_calls import QUERIES, QUERY

TABLE = Table(
    "aws_cloudtrail_query",
    "A query over an event data store; AWS lists those of the last seven days.",
    call=QUERIES,
    key=("account_id", "region", "event_data_store_arn", "query_id"),
    joins=(Join("query", QUERY, on="$.QueryId", to="@$.QueryId"),),
    columns=(
        C("query_id", "text", "The query's id."),
        C("event_data_store_arn", "text", "The ARN of the store that was asked.", "@$.EventDataStore"),
        C("creation_time", "timestamptz", "When it was run.", "$.CreationTime | query:$.QueryStatistics.CreationTime"),
        C(
            "delivery_s3_uri",
            "text",
            "The bucket and prefix that got the rows; null when none did.",
            "query:$.DeliveryS3Uri",
        ),
        C(
            "delivery_status",
            "text",
            "How the delivery of the rows went: SUCCESS, FAILED, ACCESS_DENIED …",
            "query:$.DeliveryStatus",
        ),
        C("error_message", "text", "Why it failed; null when it did not.", "query:$.ErrorMessage"),
        C("query_status", "text", "QUEUED, RUNNING, FINISHED, FAILED, CANCELLED or TIMED_OUT."),
        C("bytes_scanned", "bigint", "How many bytes were read.", "query:$.QueryStatistics.BytesScanned"),
        C("events_matched", "bigint", "How many events it found.", "query:$.QueryStatistics.EventsMatched"),
        C("events_scanned", "bigint", "How many events it went through.", "query:$.QueryStatistics.EventsScanned"),
        C(
            "execution_time_in_millis",
            "bigint",
            "How many milliseconds it took.",
            "query:$.QueryStatistics.ExecutionTimeInMillis",
        ),
        C("query_string", "text", "Its SQL.", "query:$.QueryString"),
        C("title", "text", TITLE, "$.QueryId"),
    ),
)
