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
  from raw."{actions.raw}")
