-- title: Ensure policies of Secrets Manager secrets do not allow principals outside the organization
-- kind: control
-- severity: critical
-- tags: resource-policies, third-party
-- resource_types: secret
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws secretsmanager get-resource-policy --secret-id {resource} --region {region}
--
-- The policy of a secret can let principals outside the organization read or replace the secret. There is one row for
-- each secret. The row lists the accounts and organizations that the policy allows. It lists everyone if a statement
-- allows everyone without a condition that limits callers to the organization. List the intended accounts in `trusted`,
-- and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'secret', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the secret allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
