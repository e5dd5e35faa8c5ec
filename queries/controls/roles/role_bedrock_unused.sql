-- title: Ensure IAM roles do not keep unused access to Amazon Bedrock
-- kind: control
-- severity: medium
-- tags: roles, unused, bedrock
-- param: days integer = 60          # Days without use after which access is unused
-- remediation: aws iam generate-service-last-accessed-details --arn {resource} --granularity ACTION_LEVEL
-- remediation: iamsql query principal_statements --arg principal={resource}
-- remediation: aws iam detach-role-policy --role-name {resource:name} --policy-arn POLICY_ARN
--
-- Each call to a model costs money, and stolen credentials are used for models that nobody watches. Remove the
-- permissions for Amazon Bedrock from roles that do not use it. Only roles whose policies allow the service are
-- evaluated, by service last accessed information, which AWS keeps for 400 days. Service-linked roles and roles of IAM
-- Identity Center are not evaluated.

select r.*
from service_access_results('role', 'bedrock', 'Amazon Bedrock', $days) as r
order by account_position(r.account_id), r.resource
