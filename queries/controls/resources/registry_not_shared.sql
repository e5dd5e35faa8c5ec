-- title: Ensure policies of ECR registries do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: ecr_registry
-- param: trusted text = ''  # IDs of accounts and organizations outside that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws ecr get-registry-policy --region {region}
--
-- Principals outside the organization that the policy of a registry allows can replicate images into the registry, or
-- pull and push images of its repositories. There is one row for each registry, which an account has in each Region,
-- and the ARN of a row matches all its repositories. The row lists the accounts and organizations that the policy
-- allows, and everyone if a statement allows everyone without a condition that restricts callers to the organization.
-- List the intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'ecr_registry', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the registry allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
