-- title: Ensure policies of Lambda layer versions do not allow principals outside the organization
-- kind: control
-- severity: medium
-- tags: resource-policies, third-party
-- resource_types: lambda_layer_version
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws lambda get-layer-version-policy --layer-name LAYER_NAME --version-number {resource:name} --region {region}
--
-- The policy of a layer version can let principals outside the organization download its code. There is one row for
-- each layer version. The row lists the accounts and organizations that the policy allows. It lists everyone if a
-- statement allows everyone without a condition that limits callers to the organization. A layer that is published for
-- everyone is an alarm too: suppress it where that is intended. List the intended accounts in `trusted`, and remove the
-- statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'lambda_layer_version', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the layer version allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
