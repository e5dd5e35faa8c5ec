"""A CloudTrail event of aws_cloudtrail_event, in the columns of LookupEvents.

Steampipe has a table with this name and these columns.
"""

from iamsql.model import View
from iamsql.tables.fragments.columns import C, title
from iamsql.tables.fragments.event_columns import EVENT_TIME, FILTER, event_columns
from iamsql.tables.fragments.sql_files import read_sql

TABLE = View(
    key=("account_id", "region", "event_id"),
    columns=(
        *event_columns("event_id event_name event_source"),
        C("read_only", "text", "Whether the action is read-only: true or false."),
        *event_columns("access_key_id"),
        C("event_time", "timestamptz", EVENT_TIME),
        C("end_time", "timestamptz", FILTER),
        C("start_time", "timestamptz", FILTER),
        C("resource_name", "text", FILTER),
        C("resource_type", "text", FILTER),
        C("username", "text", "The name of the user or role session; null if the record has no name."),
        C("resources", "json", "The resources that the look-up returned, otherwise the target of the request."),
        C("cloud_trail_event", "json", "The complete record."),
        title(),
    ),
    extra_columns=(
        *event_columns("error_code error_message"),
        C("source_ip", "text", "The IP address that the request came from; a service name for AWS services."),
        *event_columns("user_agent user_type"),
        C("user_arn", "text", "The ARN of the identity that made the request."),
        *event_columns("event_type console_login mfa_used"),
        C("position", "bigint", "The position of the event among the results of the account's look-ups, from 1."),
    ),
    stored=False,
    sql=read_sql(__file__),
)
