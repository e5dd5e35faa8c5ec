select account_id, region, 'identitystore:{groups.operation}' as source, synced_at,
  coalesce(item ->> '$.IdentityStoreId', bound ->> '$.IdentityStoreId') as identity_store_id, item ->> '$.DisplayName' as name,
  item ->> '$.GroupId' as id, item ->> '$.Description' as description, item ->> '$.ExternalIds' as external_ids,
  item ->> '$.DisplayName' as title, json_array(coalesce(item ->> '$.GroupArn', concat('arn:', (select r."partition" from
    iamsql.run r), ':identitystore:::group/', item ->> '$.GroupId'))) as akas,
  item ->> '$.CreatedAt' as created_at, item ->> '$.UpdatedAt' as updated_at
from raw."{groups.raw}"
