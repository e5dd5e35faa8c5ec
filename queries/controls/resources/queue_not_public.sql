-- title: Ensure policies of SQS queues do not allow everyone
-- kind: control
-- severity: critical
-- tags: resource-policies, third-party
-- resource_types: sqs_queue
-- remediation: iamsql query external_access
-- remediation: aws sqs list-queues --region {region}
--
-- Anyone can read, send or delete messages of a queue whose policy allows everyone. There is one row for each queue,
-- with an alarm if a statement allows everyone without a condition that limits callers to known accounts or to the
-- organization. `queue_not_shared` also reports other accounts outside the organization.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'sqs_queue', ['public'], [],
    'The policy of the queue does not allow everyone.'
) as r
order by r.position, r.account_id, r.resource
