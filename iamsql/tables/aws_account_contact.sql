select account_id, 'global' as region, 'account:{contact.operation}' as source, synced_at, {read},
  account_id as linked_account_id, item ->> '$.FullName' as title
from raw."{contact.raw}"
