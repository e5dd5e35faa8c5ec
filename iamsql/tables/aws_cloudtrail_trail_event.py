"""A CloudTrail event of aws_cloudtrail_event, in the columns of a trail's log group; a sync does not read CloudWatch Logs.

Steampipe has a table with this name and these columns.
"""

from iamsql.model import View
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.event_columns import EVENT_TIME, FILTER, event_columns
from iamsql.tables.fragments.sql_files import read_sql

TABLE = View(
    key=("account_id", "region", "event_id"),
    columns=(
        C("filter", "text", FILTER),
        C("log_group_name", "text", "Always null: the events come from look-ups and log files."),
        C("log_stream_name", "text", "The name that CloudTrail gives the log stream: ACCOUNT_CloudTrail_REGION."),
        C("timestamp", "timestamptz", EVENT_TIME),
        C("timestamp_ms", "bigint", "The same time, in milliseconds since 1970."),
        *event_columns(
            "access_key_id aws_region error_code error_message event_category event_id event_name event_source"
        ),
        C("event_time", "timestamptz", EVENT_TIME),
        *event_columns(
            "event_type event_version read_only recipient_account_id request_id shared_event_id source_ip_address user_agent "
            "user_type"
        ),
        C("username", "text", "The name of the IAM user, or of the role or user that issued the session."),
        C("user_identifier", "text", "The ARN of the identity that made the request."),
        *event_columns("vpc_endpoint_id additional_event_data"),
        C("cloudtrail_event", "json", "The complete record."),
        *event_columns("request_parameters response_elements resources"),
        C("tls_details", "json", "The TLS version, the cipher suite and the host name of the connection."),
        C("user_identity", "json", "The identity that made the request."),
    ),
    stored=False,
    sql=read_sql(__file__),
)
