-- title: Ensure resource policies of CloudWatch Logs do not allow principals outside the organization
-- kind: control
-- severity: medium
-- tags: resource-policies, third-party
-- resource_types: log_group
-- param: trusted text = ''  # IDs of accounts and organizations outside that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws logs describe-resource-policies --region {region}
--
-- Principals outside the organization that a resource policy of CloudWatch Logs allows can write log events or, with
-- subscription filters, receive them. There is one row for each log group that has a policy, and for each Region of an
-- account that has a policy of all log groups, which lists the accounts and organizations that the policy allows, and
-- everyone if a statement allows everyone without a condition that restricts callers to the organization. List the
-- intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'log_group', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policies allow nobody outside the organization.'
) as r
group by r.resource, r.status, r.reason, r.account_id, r.region, r.position
order by r.position, r.account_id, r.resource
