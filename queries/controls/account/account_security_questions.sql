-- title: Ensure security questions are set for the account
-- kind: control
-- severity: low
-- version: 1
-- tags: contacts, manual, cis_v1.2:1.15, cis_v3.0:1.3
--
-- AWS asked for them when somebody who had lost the root credentials called. No call tells of them, and AWS has
-- stopped to let new ones be set; accounts that have none are not worse for it. CIS left it out from version 5.0.

select
    a.arn as resource, 'info' as status,
    'Look on the account page of the console; AWS has retired the questions.' as reason, a.account_id,
    'global' as region
from read_accounts() as a
order by a.position, a.account_id
