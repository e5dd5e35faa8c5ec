-- title: Ensure policies of SNS topics do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: sns_topic
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws sns get-topic-attributes --topic-arn {resource} --region {region}
--
-- The policy of a topic can let principals outside the organization publish messages, or subscribe to them. There is
-- one row for each topic. The row lists the accounts and organizations that the policy allows. It lists everyone if a
-- statement allows everyone without a condition that limits callers to the organization. List the intended accounts in
-- `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'sns_topic', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the topic allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
