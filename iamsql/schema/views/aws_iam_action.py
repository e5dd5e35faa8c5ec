"""IAM's actions, whatever account they are used in: the only table that no call of AWS brings."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._calls import ACTIONS

TABLE = View(
    "aws_iam_action",
    "An action that policies can name, from the catalogue that `pip install 'iamsql[actions]'` brings; no call of AWS.",
    key=("action",),
    calls=(ACTIONS,),
    columns=(
        C("action", "text", "Service and action in small letters, such as iam:passrole."),
        C("prefix", "text", "The service's prefix in policies, such as iam."),
        C("privilege", "text", "The action in small letters, without its service."),
        C("access_level", "text", "List, Read, Write, Tagging or Permissions management, as AWS's reference has it."),
        C("description", "text", "What it grants, in AWS's words."),
        C("sp_connection_name", "text", "The name other tools give the source: aws_ and the account that collected."),
        C("sp_ctx", "json", "The same as _ctx."),
        C("_ctx", "json", "Where the row comes from: the package, its version, the time of its data, synced_at."),
    ),
    tail="context",
    sql=f"""
select account_id, lower(concat(bound ->> '$.service', ':', item ->> '$.name')) as action,
  lower(bound ->> '$.service') as prefix, lower(item ->> '$.name') as privilege,
  split_part(item ->> '$.accessLevel', ', ', 1) as access_level, item ->> '$.description' as description,
  concat('aws_', account_id) as sp_connection_name, context as sp_ctx, context as _ctx
from (
  select *, json_object('source', 'catalogue:Actions', 'synced_at', strftime(synced_at, '%Y-%m-%dT%H:%M:%SZ'),
    'connection_name', concat('aws_', account_id), 'package', bound ->> '$.package', 'version', bound ->> '$.version',
    'updated_at', bound ->> '$.updated_at') as context
  from raw."{ACTIONS.raw}")
""",
)
