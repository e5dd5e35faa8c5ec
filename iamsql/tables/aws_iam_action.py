"""An action that IAM policies can contain. The rows come from a package: the extra `actions`."""

from iamsql.model import View
from iamsql.tables.calls.account import ACTIONS
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.sql_files import read_sql

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
    sql=read_sql(__file__, actions=ACTIONS),
)
