-- title: Ensure IAM users do not keep unused access to Amazon Bedrock
-- kind: control
-- severity: medium
-- tags: users, unused, bedrock
-- param: days integer = 60          # Days without use after which access is unused
-- remediation: aws iam generate-service-last-accessed-details --arn {resource} --granularity ACTION_LEVEL
-- remediation: iamsql query principal_statements --arg principal={resource}
-- remediation: aws iam detach-user-policy --user-name {resource:name} --policy-arn POLICY_ARN
--
-- Each call to a model costs money, and stolen credentials are used for models that nobody watches. Remove the
-- permissions for Amazon Bedrock from users that do not use it. Only users whose policies allow the service are
-- evaluated, by service last accessed information, which AWS keeps for 400 days.

select r.*
from service_access_results('user', 'bedrock', 'Amazon Bedrock', $days) as r
order by account_position(r.account_id), r.resource
