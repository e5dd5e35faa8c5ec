select account_id, 'global' as region, 'account:{contacts.operation}' as source, synced_at,
  item ->> '$.Name' as name, item ->> '$.AlternateContactType' as contact_type, item ->> '$.EmailAddress' as email_address,
  item ->> '$.PhoneNumber' as phone_number, item ->> '$.Title' as contact_title, account_id as linked_account_id,
  item ->> '$.Name' as title
from raw."{contacts.raw}"
