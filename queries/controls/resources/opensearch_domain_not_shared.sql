-- title: Ensure access policies of OpenSearch domains do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: opensearch_domain
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws opensearch describe-domain --domain-name {resource:name} --region {region}
--
-- The access policy of a domain can let principals outside the organization search, change or delete its indexes. There
-- is one row for each domain. The row lists the accounts and organizations that the policy allows. It lists everyone if
-- a statement allows everyone without a condition that limits callers to the organization. A policy for everyone is
-- usual where security groups restrict callers to a VPC, or where fine-grained access control identifies them: suppress
-- these alarms. List the intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'opensearch_domain', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the domain allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
