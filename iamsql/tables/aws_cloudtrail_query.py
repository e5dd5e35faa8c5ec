"""A query on an event data store; AWS lists the queries of the past seven days.

The queries show who searched the audit trail.
"""

from iamsql.model import Join, Table
from iamsql.tables.aws_cloudtrail_event_data_store import NO_STORE, STORES
from iamsql.tables.calls.account import for_each
from iamsql.tables.fragments.columns import C, title

_NO_QUERIES = (*NO_STORE, "InactiveEventDataStoreException")  # an event data store that is pending deletion
_NO_QUERY = (*_NO_QUERIES, "QueryIdNotFoundException")
_STORE = {"EventDataStore": "$.EventDataStoreArn"}
QUERIES = for_each(STORES, "ListQueries", "Queries", _STORE, params=STORES.params, empty_on=_NO_QUERIES)
QUERY = for_each(QUERIES, "DescribeQuery", "", {"QueryId": "$.QueryId"}, empty_on=_NO_QUERY)

TABLE = Table(
    call=QUERIES,
    key=("account_id", "region", "event_data_store_arn", "query_id"),
    joins=(Join("query", QUERY),),
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
