"""Which services users, groups and roles may use, and when they last did."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._iam_calls import JOBS

_ASKED = "\n  union all ".join(
    f"select account_id, item ->> '$.JobId' as job_id, bound ->> '$.Arn' as arn from raw.\"{asked.raw}\""
    for asked, _ in JOBS
)
_FETCHED = "\n  union all ".join(
    f"select account_id, bound ->> '$.JobId' as job_id, item, synced_at from raw.\"{fetched.raw}\""
    for _, fetched in JOBS
)

TABLE = View(
    "aws_iam_access_advisor",
    "A service that a user, group or role is allowed to use, and its last use in AWS's tracking period of 400 days.",
    key=("account_id", "principal_arn", "service_namespace"),
    calls=tuple(call for pair in JOBS for call in pair),
    columns=(
        C("principal_arn", "text", "The ARN of the user, group or role whose policies were looked at."),
        C("service_name", "text", "The service's name."),
        C("service_namespace", "text", "The name by which actions speak of it, such as s3."),
        C("last_authenticated", "timestamptz", "The last attempt to use it; null when there was none in the period."),
        C("last_authenticated_entity", "text", "The ARN of the user or role that made it."),
        C("last_authenticated_region", "text", "The region in which it was made."),
        C(
            "total_authenticated_entities",
            "bigint",
            "How many users and roles tried to use it; of a group its members.",
        ),
        C(
            "tracked_actions_last_accessed",
            "json",
            "The last use of each action that AWS keeps track of; null for services without such actions.",
        ),
    ),
    sql=f"""
with asked as ({_ASKED}),
fetched as ({_FETCHED})
select f.account_id, 'global' as region, f.synced_at, 'iam:GetServiceLastAccessedDetails' as source, a.arn as principal_arn,
  f.item ->> '$.ServiceName' as service_name, f.item ->> '$.ServiceNamespace' as service_namespace,
  f.item ->> '$.LastAuthenticated' as last_authenticated, f.item ->> '$.LastAuthenticatedEntity' as last_authenticated_entity,
  f.item ->> '$.LastAuthenticatedRegion' as last_authenticated_region,
  f.item ->> '$.TotalAuthenticatedEntities' as total_authenticated_entities,
  f.item -> '$.TrackedActionsLastAccessed' as tracked_actions_last_accessed
from fetched f
join asked a on a.account_id = f.account_id and a.job_id = f.job_id
""",
)
