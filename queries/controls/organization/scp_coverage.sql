-- title: Ensure a service control policy applies to every account
-- kind: control
-- severity: high
-- version: 1
-- tags: organization, scp, cis_v7.0:2.1.2
--
-- A service control policy is what not even an account's administrator gets round: it keeps the trail on, the account
-- in the organization and work in the regions that are in use. AWS's own FullAWSAccess allows everything and does not
-- count. What the policies say is another question, as is the management account, which none of them reaches.

select r.* exclude (position)
from organization_policy_results('SERVICE_CONTROL_POLICY', 'service control policy') as r
order by r.position, r.account_id
