-- title: Ensure policies of SNS topics do not allow everyone
-- kind: control
-- severity: critical
-- tags: resource-policies, third-party, fsbp:SNS.4, security_hub:SNS.4
-- resource_types: sns_topic
-- remediation: iamsql query external_access
-- remediation: aws sns get-topic-attributes --topic-arn {resource} --region {region}
--
-- Anyone with an AWS account can publish messages to a topic whose policy allows everyone, or subscribe to its
-- messages. There is one row for each topic, with an alarm if a statement allows everyone without a condition that
-- limits callers to known accounts or to the organization. `topic_not_shared` also reports other accounts outside the
-- organization.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'sns_topic', ['public'], [],
    'The policy of the topic does not allow everyone.'
) as r
order by r.position, r.account_id, r.resource
