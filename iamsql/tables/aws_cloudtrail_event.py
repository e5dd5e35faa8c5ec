"""A CloudTrail event that a look-up, a log file of a trail or an imported file contains, in flat columns.

The shipped queries and detections use these columns. The table iamsql.events stores the columns that queries use most; the
others are read from the record in `event`. The tables with the columns of Steampipe and Tailpipe are views of this table.
"""

from iamsql.model import View
from iamsql.tables.calls.account import EVENTS, RECORDS
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.event_columns import EVENT_TIME, event_columns
from iamsql.tables.fragments.events import EVENTS_TABLE, deduplicate, lookup_batch, parse_records, with_record_columns

TABLE = View(
    key=("account_id", "event_id"),
    calls=(EVENTS, RECORDS),
    columns=(
        C("account_id", "text", "The ID of the account that received the event."),
        C("region", "text", "The region that the request was made to, otherwise the region of the look-up."),
        C("event_time", "timestamp", EVENT_TIME),
        *event_columns("event_name event_source error_code error_message"),
        C("username", "text", "The name of the user or role session, or root; null if the record has no name."),
        *event_columns("user_type"),
        C("actor_arn", "text", "The ARN of the identity that made the request; for a role, of the role session."),
        C("issuer_arn", "text", "The ARN of the role or user that issued the session; null without a session."),
        *event_columns("access_key_id"),
        C("about_key_id", "text", "The access key that the request names, or that the response returns."),
        *event_columns("source_ip_address"),
        C("target", "text", "The resource that the request parameters name, such as a user name or a role ARN."),
        *event_columns(
            "read_only event_id event_type event_category event_version api_version aws_region recipient_account_id user_agent "
            "request_id shared_event_id vpc_endpoint_id session_credential_from_console"
        ),
        C("principal_id", "text", "The unique ID of the identity that made the request."),
        C("actor_account_id", "text", "The ID of the account of that identity."),
        C("user_name", "text", "The friendly name of that identity, as in the record."),
        C("invoked_by", "text", "The AWS service that made the request for the identity."),
        C("identity_provider", "text", "The identity provider of a federated user."),
        C("session_mfa", "text", "Whether the session used MFA: true or false; null without a session."),
        C("ec2_role_delivery", "text", "The version of the instance metadata service: 1.0 or 2.0."),
        C("issuer_type", "text", "The type of the session issuer: Role or User."),
        C("issuer_principal_id", "text", "The unique ID of the session issuer."),
        C("issuer_account_id", "text", "The ID of the account of the session issuer."),
        C("issuer_user_name", "text", "The friendly name of the session issuer."),
        C("federated_provider", "text", "The web identity provider of the session."),
        *event_columns("console_login mfa_used"),
        C(
            "data_source",
            "text",
            "The source of the event: event_history, trail, 'event_history, trail' for both, or import.",
        ),
        C("log_file", "text", "The log file that contains the event; null if only a look-up returned it."),
        *event_columns("management_event"),
        C("session_started", "bigint", "The time when the session was created, in milliseconds since 1970."),
        C("position", "bigint", "The position of the event among the results of the account's look-ups, from 1."),
        C("synced_at", "timestamptz", "The date and time when the run read the event."),
        *event_columns(
            "request_parameters response_elements additional_event_data resources service_event_details edge_device_details"
        ),
        C("federated_attributes", "json", "The attributes of the web identity that the provider returned."),
        C(
            "lookup_resources",
            "json",
            "The resources that LookupEvents returned; null if no look-up returned the event.",
        ),
        C("event", "json", "The complete record."),
    ),
    common_columns="none",
    stored=False,
    sql=with_record_columns(f"from {EVENTS_TABLE}"),
    # An interrupted run has the events of look-ups in raw only.
    partial_sql=with_record_columns(
        deduplicate(f"select * from {EVENTS_TABLE} union all {parse_records(lookup_batch(EVENTS.raw))}")
    ),
)
