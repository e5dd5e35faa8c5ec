-- title: Ensure resource policies of CloudWatch Logs do not allow principals outside the organization
-- kind: control
-- severity: medium
-- tags: resource-policies, third-party
-- resource_types: log_group
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws logs describe-resource-policies --region {region}
--
-- A resource policy of CloudWatch Logs can let principals outside the organization write log events, or receive them
-- through subscription filters. There is one row for each log group that has a policy, and for each Region of an
-- account that has a policy for all log groups. The row lists the accounts and organizations that the policy allows. It
-- lists everyone if a statement allows everyone without a condition that limits callers to the organization. List the
-- intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'log_group', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policies allow nobody outside the organization.'
) as r
group by r.resource, r.status, r.reason, r.account_id, r.region, r.position
order by r.position, r.account_id, r.resource
