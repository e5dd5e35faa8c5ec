-- title: Ensure policies of KMS keys do not allow principals outside the organization
-- kind: control
-- severity: critical
-- tags: resource-policies, third-party
-- resource_types: kms_key
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws kms get-key-policy --key-id {resource} --region {region}
--
-- The policy of a key can let principals outside the organization decrypt data, or make the data unreadable. There is
-- one row for each key. The row lists the accounts and organizations that the policy or a grant allows. It lists
-- everyone if a statement allows everyone without a condition that limits callers to the organization. List the
-- intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'kms_key', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the key allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
