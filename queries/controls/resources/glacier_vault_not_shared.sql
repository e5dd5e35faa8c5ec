-- title: Ensure access policies of S3 Glacier vaults do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: glacier_vault
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws glacier get-vault-access-policy --account-id {account_id} --vault-name {resource:name} --region {region}
--
-- The access policy of a vault can let principals outside the organization retrieve, add or delete archives. There is
-- one row for each vault. The row lists the accounts and organizations that the policy allows. It lists everyone if a
-- statement allows everyone without a condition that limits callers to the organization. List the intended accounts in
-- `trusted`, and remove the statements for the others. The control covers vaults of the service S3 Glacier. Objects in
-- the Glacier storage classes of Amazon S3 belong to a bucket.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'glacier_vault', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the vault allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
