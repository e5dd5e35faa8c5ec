"""CloudTrail's events in the columns of LookupEvents: the same rows as aws_cloudtrail_event, seen another way."""

from iamsql.model import Column as C
from iamsql.model import View

TABLE = View(
    "aws_cloudtrail_lookup_event",
    "The events of aws_cloudtrail_event in the columns of LookupEvents, each once.",
    key=("account_id", "region", "event_id"),
    tables=("aws_cloudtrail_event",),
    columns=(
        C("event_id", "text", "The event's id."),
        C("event_name", "text", "The action, such as CreateUser."),
        C("event_source", "text", "The service it was asked of."),
        C("read_only", "text", "true or false."),
        C("access_key_id", "text", "The key that signed the request."),
        C("event_time", "timestamptz", "When it happened."),
        C("end_time", "timestamptz", "Repeats a query's own filter elsewhere; null here."),
        C("start_time", "timestamptz", "Repeats a query's own filter elsewhere; null here."),
        C("resource_name", "text", "Repeats a query's own filter elsewhere; null here."),
        C("resource_type", "text", "Repeats a query's own filter elsewhere; null here."),
        C("username", "text", "Who did it; null where CloudTrail names none."),
        C("resources", "json", "The resources that it names, as a look-up gives them; else what it was done to."),
        C("cloud_trail_event", "json", "The whole event."),
        C("title", "text", "A name to show."),
    ),
    own=(
        C("error_code", "text", "Why it was refused; null when it was not."),
        C("error_message", "text", "AWS's words for that."),
        C("source_ip", "text", "Where it came from: an address or a service."),
        C("user_agent", "text", "The program that asked."),
        C("user_type", "text", "Root, IAMUser, AssumedRole …"),
        C("user_arn", "text", "The ARN of who did it."),
        C("event_type", "text", "AwsApiCall, AwsConsoleSignIn, AwsServiceEvent …"),
        C("console_login", "text", "Success or Failure of a console sign-in."),
        C("mfa_used", "text", "Yes or No, of a console sign-in."),
        C("position", "bigint", "Its place in the account's answers, look-up after look-up, from 1."),
    ),
    stored=False,
    sql="""
select l.event_id, l.event_name, l.event_source,
  case when l.read_only then 'true' when not l.read_only then 'false' end as read_only,
  l.access_key_id, l.event_time at time zone 'UTC' as event_time, null as end_time, null as start_time, null as resource_name,
  null as resource_type, l.username, coalesce(
    l.looked_up, case when l.target is not null then json_array(json_object('ResourceName', l.target)) else '[]'::json end
  ) as resources, l.event as cloud_trail_event,
  l.event_name as title, l.error_code, l.error_message, l.source_ip_address as source_ip, l.user_agent, l.user_type,
  l.actor_arn as user_arn, l.event_type, l.console_login, l.mfa_used, l.position, l.account_id, l.region, l.synced_at,
  case when l.log_file is null then 'cloudtrail:LookupEvents' else 's3:GetObject' end as source
from aws_cloudtrail_event l
""",
)
