-- title: Ensure a resource control policy applies to every account
-- kind: control
-- severity: medium
-- version: 1
-- tags: organization, rcp, cis_v7.0:2.1.2
--
-- A resource control policy says who may use the buckets, keys, queues, secrets and roles of an account, whatever
-- their own policies say; with one, nobody from outside the organization gets in by a mistake in a bucket policy.
-- AWS's own RCPFullAWSAccess allows everything and does not count.

select r.* exclude (position)
from organization_policy_results('RESOURCE_CONTROL_POLICY', 'resource control policy') as r
order by r.position, r.account_id
