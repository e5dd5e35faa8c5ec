-- title: Ensure policies of EventBridge event buses do not allow principals outside the organization
-- kind: control
-- severity: medium
-- tags: resource-policies, third-party
-- resource_types: event_bus
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws events describe-event-bus --name {resource} --region {region}
--
-- The policy of an event bus can let principals outside the organization send events that your rules act on, or manage
-- rules. There is one row for each event bus. The row lists the accounts and organizations that the policy allows. It
-- lists everyone if a statement allows everyone without a condition that limits callers to the organization. List the
-- intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'event_bus', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the event bus allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
