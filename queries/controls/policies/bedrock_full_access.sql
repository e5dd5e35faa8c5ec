-- title: Ensure access to AmazonBedrockFullAccess is restricted
-- kind: control
-- severity: medium
-- tags: policies, bedrock
-- remediation: # For a user: aws iam detach-user-policy --user-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AmazonBedrockFullAccess
-- remediation: # For a group: aws iam detach-group-policy --group-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AmazonBedrockFullAccess
-- remediation: # For a role: aws iam detach-role-policy --role-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AmazonBedrockFullAccess
--
-- AmazonBedrockFullAccess allows every action of Amazon Bedrock: to invoke any model at your cost, to delete
-- guardrails, and to stop the logging of invocations. Detach the policy, and allow the models and actions that are
-- used. Service-linked roles, which nobody can change, are not evaluated.

select
    h.arn as resource,
    unnest(case
        when h.is_attached then alarm(concat('AmazonBedrockFullAccess is attached to the ', h.kind, '.'))
        else ok(concat('AmazonBedrockFullAccess is not attached to the ', h.kind, '.'))
    end),
    h.account_id, 'global' as region
from aws_policy_holders('AmazonBedrockFullAccess') as h
order by account_position(h.account_id), h.arn
