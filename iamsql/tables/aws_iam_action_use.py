"""An IAM action that a principal used, or was denied, by the CloudTrail events of the run.

A row is an action of one kind of event. An event can need several actions. Where the action of an event is not known, `action` and
`mapping` are null, and the event has a row for each service that its source may stand for.
"""

from iamsql.model import View
from iamsql.tables.calls.account import ACTIONS, EVENTS, RECORDS
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.sql_files import read_sql

TABLE = View(
    key=("account_id", "principal_arn", "principal_type", "event_source", "event_name", "service", "action"),
    calls=(EVENTS, RECORDS, ACTIONS),
    columns=(
        C("account_id", "text", "The ID of the account that received the events."),
        C(
            "principal_arn",
            "text",
            "The ARN of the user or role, for a session of its issuer; null if the event has none.",
        ),
        C("principal_type", "text", "role, user, root, or the type of the identity, such as AWSService."),
        C("action", "text", "The IAM action in lower case, such as s3:listbucket; null if it is not known."),
        C(
            "service",
            "text",
            "The service prefix of the action, or of the event source, such as s3; null if not known.",
        ),
        C("event_source", "text", "The service that the requests were made to, such as s3.amazonaws.com."),
        C("event_name", "text", "The name of the events, such as ListObjects."),
        C(
            "mapping",
            "text",
            "How the action was found: name (of the event), exception, or none if the call needs no permission; otherwise null.",
        ),
        C("uses", "bigint", "The number of successful calls."),
        C("denied_calls", "bigint", "The number of calls that failed because they were not allowed."),
        C("failed", "bigint", "The number of calls that failed with another error."),
        C("first_used", "timestamp", "The time of the first call that was not denied, in UTC."),
        C("last_used", "timestamp", "The time of the last call that was not denied, in UTC."),
        C("regions", "varchar[]", "The regions of the calls."),
        C("sources", "text", "Where the events were read: event_history, trail, import."),
    ),
    common_columns="none",
    stored=False,
    sql=read_sql(__file__),
)
