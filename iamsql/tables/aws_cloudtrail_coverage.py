"""The events that the run read from a event_history, trail or import, by account and region.

An account without events had none, or its events were not read.
"""

from iamsql.model import View
from iamsql.tables.calls.account import EVENTS, RECORDS
from iamsql.tables.fragments.columns import C

TABLE = View(
    key=("account_id", "region", "source", "look_up"),
    calls=(EVENTS, RECORDS),
    columns=(
        C("account_id", "text", "The ID of the account."),
        C("region", "text", "The region of the events."),
        C("source", "text", "The source: event_history, trail or import."),
        C("look_up", "text", "The attribute, such as EventName=CreateUser, or the location of the trail."),
        C(
            "status",
            "text",
            "ok, partial, denied, throttled, expired, error, not_requested, skipped or not_applicable.",
        ),
        C("error_code", "text", "The error code; no_objects if the trail has no log file in the window."),
        C("window_start", "timestamptz", "The start of the period whose events were requested."),
        C("window_end", "timestamptz", "The end of the period whose events were requested."),
        C("events", "bigint", "The number of events that this run read."),
        C("objects", "bigint", "The number of log files that this run read; null for a look-up."),
        C("reused_from", "text", "The ID of the earlier run whose events this run reused; null if there is none."),
        C("reused_until", "timestamptz", "The end of the period of the reused events."),
    ),
    common_columns="none",
    stored=False,
    sql="select * from iamsql.event_coverage",
)
