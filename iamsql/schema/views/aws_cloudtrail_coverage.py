"""What was read of each account's events, look-up by look-up and trail by trail: what tells none from not known."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._calls import EVENTS, RECORDS

# What the look-ups were before they could be chosen.
_THEN = (
    "EventName=DeleteUser",
    "EventName=DeleteAccessKey",
    "EventName=DeleteLoginProfile",
    "EventName=CreateAccessKey",
    "EventName=CreateUser",
    "EventName=ConsoleLogin",
    "Username=root",
)

TABLE = View(
    "aws_cloudtrail_coverage",
    "What was read of an account's CloudTrail events: a row for each look-up, trail or import, by region.",
    key=("account_id", "region", "source", "look_up"),
    calls=(EVENTS, RECORDS),
    columns=(
        C("account_id", "text", "The account."),
        C("region", "text", "The region."),
        C("source", "text", "look-up, trail or import."),
        C(
            "look_up",
            "text",
            "What was looked up, such as EventName=CreateUser, or the place of the trail; null for an import.",
        ),
        C("status", "text", "ok, partial, denied, throttled, expired, error, not_asked, skipped or not_applicable."),
        C("error_code", "text", "Why it failed; no_objects where a trail has no log file of the window."),
        C("window_start", "timestamptz", "From when on events were wanted."),
        C("window_end", "timestamptz", "Until when events were wanted."),
        C("events", "bigint", "How many this run read."),
        C("objects", "bigint", "How many log files this run read; null for a look-up."),
        C("carried_from", "text", "The earlier run whose events were taken over; null where there is none."),
        C("carried_until", "timestamptz", "Until when they were."),
    ),
    tail="none",
    stored=False,
    sql="select * from iamsql.event_coverage",
    earlier=(
        f"""
select c.account_id, c.region, 'look-up' as source, unnest({list(_THEN)}) as look_up, c.status, c.error_code, r.window_start,
  r.window_end, c.items as events, null as objects, null as carried_from, null as carried_until
from iamsql.coverage c cross join iamsql.run r where c.operation = '{EVENTS.operation}'
""",
    ),
)
