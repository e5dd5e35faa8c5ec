"""CloudTrail's events in the columns of a log group's: the same rows as aws_cloudtrail_event, seen another way."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.views._events import NAME

TABLE = View(
    "aws_cloudtrail_trail_event",
    "The events of aws_cloudtrail_event in the columns of a trail's log group, each once; none was read from CloudWatch Logs.",
    key=("account_id", "region", "event_id"),
    tables=(NAME,),
    columns=(
        C("filter", "text", "Repeats a query's own filter elsewhere; null here."),
        C("log_group_name", "text", "The log group; null here, for the events come from look-ups and log files."),
        C("log_stream_name", "text", "The log stream as CloudTrail names it: account, CloudTrail, region."),
        C("timestamp", "timestamptz", "When it happened."),
        C("timestamp_ms", "bigint", "When it happened, in milliseconds since 1970."),
        C("access_key_id", "text", "The key that signed the request."),
        C("aws_region", "text", "The region it was asked of."),
        C("error_code", "text", "Why it was refused; null when it was not."),
        C("error_message", "text", "AWS's words for that."),
        C("event_category", "text", "Management, Data, Insight or NetworkActivity."),
        C("event_id", "text", "The event's id."),
        C("event_name", "text", "The action, such as CreateUser."),
        C("event_source", "text", "The service it was asked of."),
        C("event_time", "timestamptz", "When it happened."),
        C("event_type", "text", "AwsApiCall, AwsConsoleSignIn, AwsServiceEvent …"),
        C("event_version", "text", "The version of the record's format."),
        C("read_only", "boolean", "Whether it reads only."),
        C("recipient_account_id", "text", "The account that received the event."),
        C("request_id", "text", "The request's id."),
        C("shared_event_id", "text", "The same for the events that one action caused in several accounts."),
        C("source_ip_address", "text", "Where it came from: an address or a service."),
        C("user_agent", "text", "The program that asked."),
        C("user_type", "text", "Root, IAMUser, AssumedRole …"),
        C("username", "text", "The name of the user who asked, or of the role behind a session."),
        C("user_identifier", "text", "The ARN of who asked."),
        C("vpc_endpoint_id", "text", "The VPC endpoint it came through."),
        C("additional_event_data", "json", "More about the event than its request and answer."),
        C("cloudtrail_event", "json", "The whole event."),
        C("request_parameters", "json", "What was asked."),
        C("response_elements", "json", "What was answered."),
        C("resources", "json", "The resources that the record names."),
        C("tls_details", "json", "How the connection was encrypted."),
        C("user_identity", "json", "Who asked."),
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
