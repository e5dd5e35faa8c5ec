-- title: Access keys older than a limit
-- kind: report
-- severity: high
-- version: 2
-- tags: access-keys, cis_v3.0:1.14
-- param: days integer = 90          # Age in days from which a key is stale
-- param: account text = null        # One account only
-- param: since date                 # First day that counts
-- param: status text[] = Active, In'active
--
-- Long-lived keys are the most common way in.
--
--   Rotate or delete them; $days in a comment is text.
select /* $x /* nested $y */ $z */ account_id, 'it''s $days' as "a $quoted" -- $gone
from aws_iam_access_key
where create_date < as_of() - to_days($days) and create_date >= $since
  and ($account is null or account_id = $account) and list_contains($status, status) and x != $$ $days $$; -- done
