"""An action that IAM policies can contain. The rows come from a package: the extra `actions`."""

from iamsql.model import View
from iamsql.tables.calls.account import ACTIONS
from iamsql.tables.fragments.columns import C

TABLE = View(
    key=("action",),
    calls=(ACTIONS,),
    columns=(
        C("action", "text", "The action in lower case, such as iam:passrole."),
        C("prefix", "text", "The service prefix, such as iam."),
        C("privilege", "text", "The action in lower case, without the prefix."),
        C("access_level", "text", "The access level: List, Read, Write, Tagging or Permissions management."),
        C("description", "text", "The description of the action by AWS."),
        C("sp_connection_name", "text", "The name of the Steampipe connection: aws_ followed by an account ID."),
        C("sp_ctx", "json", "A copy of _ctx."),
        C("_ctx", "json", "The origin of the row: source, synced_at, package, version and updated_at."),
    ),
    extra_columns=(
        C("name", "text", "The action as AWS writes it, such as iam:PassRole."),
        C(
            "has_operation",
            "boolean",
            "Whether an API operation has the name of the action; CloudTrail events have such names.",
        ),
    ),
    common_columns="context",
    sql=f"""
select account_id, lower(concat(bound ->> '$.service', ':', item ->> '$.name')) as action,
  lower(bound ->> '$.service') as prefix, lower(item ->> '$.name') as privilege,
  split_part(item ->> '$.accessLevel', ', ', 1) as access_level, item ->> '$.description' as description,
  concat('aws_', account_id) as sp_connection_name, context as sp_ctx, context as _ctx,
  concat(bound ->> '$.service', ':', item ->> '$.name') as name,
  try_cast(item ->> '$.hasOperation' as boolean) as has_operation
from (
  select *, json_object('source', 'catalogue:Actions', 'synced_at', strftime(synced_at, '%Y-%m-%dT%H:%M:%SZ'),
    'connection_name', concat('aws_', account_id), 'package', bound ->> '$.package', 'version', bound ->> '$.version',
    'updated_at', bound ->> '$.updated_at') as context
  from raw."{ACTIONS.raw}")
""",
)
