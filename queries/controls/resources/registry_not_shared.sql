-- title: Ensure policies of ECR registries do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: ecr_registry
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws ecr get-registry-policy --region {region}
--
-- The policy of a registry can let principals outside the organization replicate images into the registry, or pull and
-- push images of its repositories. An account has one registry, and one row, in each Region. The ARN of a row matches
-- all repositories of the registry. The row lists the accounts and organizations that the policy allows. It lists
-- everyone if a statement allows everyone without a condition that limits callers to the organization. List the
-- intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'ecr_registry', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the registry allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
