"""A group of the identity store of IAM Identity Center. Sync with the `--region` of the instance."""

from iamsql.model import View
from iamsql.tables.aws_identitystore_group_membership import GROUPS
from iamsql.tables.fragments.columns import C, akas, title
from iamsql.tables.fragments.sql_files import read_sql

TABLE = View(
    key=("account_id", "region", "identity_store_id", "id"),
    calls=(GROUPS,),
    columns=(
        C("identity_store_id", "text", "The ID of the identity store: d-…"),
        C("name", "text", "The display name of the group."),
        C("id", "text", "The ID of the group."),
        C("description", "text", "The description of the group."),
        C("external_ids", "text", "The IDs from external identity providers, as JSON text; null if none."),
        title(),
        akas(),
    ),
    extra_columns=(
        C("created_at", "timestamptz", "The date and time when the group was created; null if the response omits it."),
        C("updated_at", "timestamptz", "The date and time of the last update; null if the response omits it."),
    ),
    # Older responses have no ARN: its format is in the service authorization reference.
    sql=read_sql(__file__, groups=GROUPS),
)
