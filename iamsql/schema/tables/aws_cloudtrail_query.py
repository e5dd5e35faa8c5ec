"""Queries of CloudTrail Lake, which show who searched the audit trail."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import title
from iamsql.schema.tables._trail_calls import QUERIES, QUERY

TABLE = Table(
    "aws_cloudtrail_query",
    "A query on an event data store; AWS lists the queries of the past seven days.",
    call=QUERIES,
    key=("account_id", "region", "event_data_store_arn", "query_id"),
    joins=(Join("query", QUERY, on="$.QueryId", to="@$.QueryId"),),
    columns=(
        C("query_id", "text", "The ID of the query."),
        C("event_data_store_arn", "text", "The ARN of the event data store that the query reads.", "@$.EventDataStore"),
        C(
            "creation_time",
            "timestamptz",
            "The date and time when the query was run.",
            "$.CreationTime | query:$.QueryStatistics.CreationTime",
        ),
        C("delivery_s3_uri", "text", "The S3 URI to which the results are delivered; null if they are not.", "query:"),
        C("delivery_status", "text", "The status of the delivery: SUCCESS, FAILED, ACCESS_DENIED …", "query:"),
        C("error_message", "text", "The error message of a query that failed.", "query:"),
        C("query_status", "text", "The status: QUEUED, RUNNING, FINISHED, FAILED, CANCELLED or TIMED_OUT."),
        C("bytes_scanned", "bigint", "The number of bytes scanned.", "query:$.QueryStatistics.BytesScanned"),
        C("events_matched", "bigint", "The number of events matched.", "query:$.QueryStatistics.EventsMatched"),
        C("events_scanned", "bigint", "The number of events scanned.", "query:$.QueryStatistics.EventsScanned"),
        C(
            "execution_time_in_millis",
            "bigint",
            "The run time of the query, in milliseconds.",
            "query:$.QueryStatistics.ExecutionTimeInMillis",
        ),
        C("query_string", "text", "The SQL code of the query.", "query:"),
        title("$.QueryId"),
    ),
)
