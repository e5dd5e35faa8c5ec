-- title: Ensure an organization trail logs the account
-- kind: control
-- severity: medium
-- tags: cloudtrail, organization
--
-- Administrators of an account can stop the account's own trails, and each new account needs one. Member accounts
-- cannot change an organization trail, which also logs new accounts. Create an organization trail.

select r.*
from account_trail_results('organization') as r
order by account_position(r.account_id), r.account_id
