"""CloudTrail's management events as LookupEvents gives them, each once."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.tables._calls import EVENTS

TABLE = View(
    "aws_cloudtrail_lookup_event",
    "A management event found by a look-up within the run's window; one that two look-ups found is one row.",
    key=("account_id", "region", "event_id"),
    calls=(EVENTS,),
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
        C("resources", "json", "The resources that it names."),
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
    sql=f"""
with once as (
  select e.account_id, e.region, e.bound, e.item, e.synced_at, e.rowid as place, e.item ->> '$.EventId' as event_id
  from raw."{EVENTS.raw}" e
  qualify row_number() over (partition by e.account_id, e.region, e.item ->> '$.EventId' order by e.bound, e.rowid) = 1),
parsed as (select o.*, try_cast(o.item ->> '$.CloudTrailEvent' as json) as event from once o)
select p.*, 'cloudtrail:LookupEvents' as source, p.item ->> '$.EventName' as event_name,
  p.item ->> '$.EventSource' as event_source, p.item ->> '$.ReadOnly' as read_only, p.item ->> '$.AccessKeyId' as access_key_id,
  p.item ->> '$.EventTime' as event_time, null as end_time, null as start_time, null as resource_name, null as resource_type,
  p.item ->> '$.Username' as username, empty_list(p.item -> '$.Resources') as resources, p.event as cloud_trail_event,
  p.item ->> '$.EventName' as title, p.event ->> '$.errorCode' as error_code, p.event ->> '$.errorMessage' as error_message,
  p.event ->> '$.sourceIPAddress' as source_ip, p.event ->> '$.userAgent' as user_agent,
  p.event ->> '$.userIdentity.type' as user_type, p.event ->> '$.userIdentity.arn' as user_arn,
  p.event ->> '$.eventType' as event_type,
  p.event ->> '$.responseElements.ConsoleLogin' as console_login, p.event ->> '$.additionalEventData.MFAUsed' as mfa_used,
  row_number() over (partition by p.account_id, p.region order by p.bound, p.place) as position
from parsed p
""",
)
