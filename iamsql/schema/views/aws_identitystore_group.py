"""The groups of an identity store."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._columns import named
from iamsql.schema.tables._identity_calls import GROUPS

TABLE = View(
    "aws_identitystore_group",
    "A group of the identity store behind IAM Identity Center; `--region` names the one that the instance lives in.",
    key=("account_id", "region", "identity_store_id", "id"),
    calls=(GROUPS,),
    columns=(
        C("identity_store_id", "text", "The identity store, d-…"),
        C("name", "text", "The group's name."),
        C("id", "text", "The group's id."),
        C("description", "text", "Its description."),
        C("external_ids", "text", "Ids given by another identity provider, as JSON text; null without."),
        *named("", ""),
    ),
    own=(
        C("created_at", "timestamptz", "When it was made; null where AWS does not tell."),
        C("updated_at", "timestamptz", "When it last changed; null where AWS does not tell."),
    ),
    # The ARN that AWS gives, or the one by which policies name a group (service authorization reference).
    sql=f"""
select account_id, region, 'identitystore:{GROUPS.operation}' as source, synced_at,
  coalesce(item ->> '$.IdentityStoreId', bound ->> '$.IdentityStoreId') as identity_store_id, item ->> '$.DisplayName' as name,
  item ->> '$.GroupId' as id, item ->> '$.Description' as description, item ->> '$.ExternalIds' as external_ids,
  item ->> '$.DisplayName' as title, json_array(coalesce(item ->> '$.GroupArn', concat('arn:', (select r."partition" from
    iamsql.run r), ':identitystore:::group/', item ->> '$.GroupId'))) as akas,
  item ->> '$.CreatedAt' as created_at, item ->> '$.UpdatedAt' as updated_at
from raw."{GROUPS.raw}"
""",
)
