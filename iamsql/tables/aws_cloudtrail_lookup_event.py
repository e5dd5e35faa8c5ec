"""A CloudTrail event of aws_cloudtrail_event, in the columns of LookupEvents.

Steampipe has a table with this name and these columns.
"""

from iamsql.model import View
from iamsql.tables.fragments.columns import C, title
from iamsql.tables.fragments.event_columns import EVENT_TIME, FILTER, event_columns

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
    sql="""
select l.event_id, l.event_name, l.event_source,
  case when l.read_only then 'true' when not l.read_only then 'false' end as read_only,
  l.access_key_id, l.event_time at time zone 'UTC' as event_time, null as end_time, null as start_time, null as resource_name,
  null as resource_type, l.username, coalesce(
    l.lookup_resources, case when l.target is not null then json_array(json_object('ResourceName', l.target)) else '[]'::json end
  ) as resources, l.event as cloud_trail_event,
  l.event_name as title, l.error_code, l.error_message, l.source_ip_address as source_ip, l.user_agent, l.user_type,
  l.actor_arn as user_arn, l.event_type, l.console_login, l.mfa_used, l.position, l.account_id, l.region, l.synced_at,
  case when l.log_file is null then 'cloudtrail:LookupEvents' else 's3:GetObject' end as source
from aws_cloudtrail_event l
""",
)
