-- title: Ensure a service control policy applies to every account
-- kind: control
-- severity: high
-- tags: organization, scp, cis_v7.0:2.1.2
-- remediation: # In the management account:
-- remediation: aws organizations create-policy --type SERVICE_CONTROL_POLICY --name POLICY_NAME --description DESCRIPTION --content file://policy.json
-- remediation: aws organizations attach-policy --policy-id POLICY_ID --target-id {account_id}
--
-- A service control policy limits all principals of an account, including its administrators: it can protect the trail,
-- and deny leaving the organization and the use of other Regions. Attach one to the root or the organizational units.
-- FullAWSAccess, which AWS manages, allows everything and does not count. The content of policies is not evaluated.

select r.*
from organization_policy_results('SERVICE_CONTROL_POLICY', 'service control policy') as r
order by account_position(r.account_id), r.account_id
