"""A CloudTrail event of aws_cloudtrail_event, in the columns of a trail's log group; a sync does not read CloudWatch Logs.

Steampipe has a table with this name and these columns.
"""

from iamsql.model import View
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.event_columns import EVENT_TIME, FILTER, event_columns

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
    sql="""
select null as filter, null as log_group_name, concat(l.account_id, '_CloudTrail_', l.region) as log_stream_name,
  l.event_time at time zone 'UTC' as "timestamp", epoch_ms(l.event_time) as timestamp_ms, l.access_key_id, l.aws_region,
  l.error_code, l.error_message, l.event_category, l.event_id, l.event_name, l.event_source,
  l.event_time at time zone 'UTC' as event_time, l.event_type, l.event_version, l.read_only, l.recipient_account_id,
  l.request_id, l.shared_event_id, l.source_ip_address, l.user_agent, l.user_type,
  coalesce(l.user_name, l.issuer_user_name) as username,
  l.actor_arn as user_identifier, l.vpc_endpoint_id, l.additional_event_data, l.event as cloudtrail_event,
  l.request_parameters, l.response_elements, l.resources, l.event -> '$.tlsDetails' as tls_details,
  l.event -> '$.userIdentity' as user_identity, l.account_id, l.region, l.synced_at,
  case when l.log_file is null then 'cloudtrail:LookupEvents' else 's3:GetObject' end as source
from aws_cloudtrail_event l
""",
)
