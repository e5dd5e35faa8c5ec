-- title: Ensure policies of ECR repositories do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: ecr_repository
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws ecr describe-repositories --region {region}
--
-- The policy of a repository can let principals outside the organization pull images, or push images that your
-- workloads run. There is one row for each repository. The row lists the accounts and organizations that the policy
-- allows. It lists everyone if a statement allows everyone without a condition that limits callers to the organization.
-- List the intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'ecr_repository', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the repository allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
