-- title: Ensure security questions are registered for the account
-- kind: control
-- severity: low
-- tags: contacts, manual, cis_v1.2:1.15, cis_v3.0:1.3
-- remediation: # In the console of account {account_id}, see the account page. New questions cannot be set, and no action is necessary.
--
-- AWS Support used the security questions to identify an account owner who had lost the root user's credentials. AWS no
-- longer supports new questions, no API returns them, and CIS removed the recommendation in version 5.0. This is a
-- manual check; an account without questions is not less secure.

select
    a.arn as resource, 'info' as status,
    'Check the account page of the console; AWS no longer supports new security questions.' as reason,
    a.account_id, 'global' as region
from read_accounts() as a
order by a.position, a.account_id
