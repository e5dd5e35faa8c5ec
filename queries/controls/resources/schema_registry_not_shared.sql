-- title: Ensure policies of EventBridge schema registries do not allow principals outside the organization
-- kind: control
-- severity: medium
-- tags: resource-policies, third-party
-- resource_types: schema_registry
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws schemas get-resource-policy --registry-name {resource:name} --region {region}
--
-- The policy of a schema registry can let principals outside the organization read, change or delete its schemas, which
-- describe the events of applications. There is one row for each registry. The row lists the accounts and organizations
-- that the policy allows. It lists everyone if a statement allows everyone without a condition that limits callers to
-- the organization. List the intended accounts in `trusted`, and remove the statements for the others. The registry of
-- AWS, aws.events, is not included.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'schema_registry', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the registry allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
