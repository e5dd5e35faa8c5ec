-- title: Ensure access policies of backup vaults do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: backup_vault
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws backup get-backup-vault-access-policy --backup-vault-name {resource:name} --region {region}
--
-- The access policy of a backup vault can let principals outside the organization copy backups into the vault, or share
-- or delete its recovery points. There is one row for each vault. The row lists the accounts and organizations that the
-- policy allows. It lists everyone if a statement allows everyone without a condition that limits callers to the
-- organization. List the intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'backup_vault', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the vault allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
