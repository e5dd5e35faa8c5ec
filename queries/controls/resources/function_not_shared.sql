-- title: Ensure policies of Lambda functions do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: lambda_function
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws lambda get-policy --function-name {resource} --region {region}
--
-- The policy of a function can let principals outside the organization invoke the function or read its code. There is
-- one row for each function. The row lists the accounts and organizations that the policy allows. It lists everyone if
-- a statement allows everyone without a condition that limits callers to the organization. List the intended accounts
-- in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'lambda_function', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the function allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
