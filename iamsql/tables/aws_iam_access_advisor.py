"""A service that a user, group or role can access, and the latest access in the tracking period of 400 days.

AWS calls these rows service last accessed information.
"""

from iamsql.model import Call, View
from iamsql.tables.calls.account import GROUP_DETAILS, NOT_FOUND, PAGE, ROLE_DETAILS, USER_DETAILS, for_each
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.sql_files import read_sql


def _job_calls(parent: Call) -> tuple[Call, Call]:
    """Declare the calls that start a job for each item, and that return its report with the actions that AWS tracks."""
    options = {"empty_on": NOT_FOUND, "part": parent.part, "on_demand": True}
    level = (("Granularity", "ACTION_LEVEL"),)
    start = for_each(parent, "GenerateServiceLastAccessedDetails", "", {"Arn": "$.Arn"}, params=level, **options)
    report = {"JobId": "$.JobId"}
    return start, for_each(
        start, "GetServiceLastAccessedDetails", "ServicesLastAccessed", report, params=PAGE, **options
    )


JOBS = tuple(map(_job_calls, (USER_DETAILS, GROUP_DETAILS, ROLE_DETAILS)))

_GENERATED = "\n  union all ".join(
    f"select account_id, item ->> '$.JobId' as job_id, bound ->> '$.Arn' as arn from raw.\"{generate.raw}\""
    for generate, _ in JOBS
)
_SERVICES = "\n  union all ".join(
    f"select account_id, bound ->> '$.JobId' as job_id, item, synced_at from raw.\"{get.raw}\"" for _, get in JOBS
)

TABLE = View(
    key=("account_id", "principal_arn", "service_namespace"),
    calls=tuple(call for pair in JOBS for call in pair),
    columns=(
        C("principal_arn", "text", "The ARN of the user, group or role."),
        C("service_name", "text", "The name of the service."),
        C("service_namespace", "text", "The service namespace, the prefix of its actions, such as s3."),
        C("last_authenticated", "timestamptz", "The date and time of the latest attempted access; null if none."),
        C("last_authenticated_entity", "text", "The ARN of the user or role that made this attempt."),
        C("last_authenticated_region", "text", "The region of this attempt."),
        C("total_authenticated_entities", "bigint", "The number of users and roles that attempted access."),
        C("tracked_actions_last_accessed", "json", "The latest access of each tracked action; null if there is none."),
    ),
    sql=read_sql(__file__, generated=_GENERATED, services=_SERVICES),
)
