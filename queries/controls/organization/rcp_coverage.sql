-- title: Ensure a resource control policy applies to every account
-- kind: control
-- severity: medium
-- tags: organization, rcp, cis_v7.0:2.1.2
-- remediation: # In the management account:
-- remediation: aws organizations create-policy --type RESOURCE_CONTROL_POLICY --name POLICY_NAME --description DESCRIPTION --content file://policy.json
-- remediation: aws organizations attach-policy --policy-id POLICY_ID --target-id {account_id}
--
-- A resource control policy limits who can use the buckets, keys, queues, secrets and roles of an account, even
-- if their own policies allow more; it can deny access from outside the organization. Attach one to the root or the
-- organizational units. RCPFullAWSAccess, which AWS manages, allows everything and does not count.

select r.*
from organization_policy_results('RESOURCE_CONTROL_POLICY', 'resource control policy') as r
order by account_position(r.account_id), r.account_id
