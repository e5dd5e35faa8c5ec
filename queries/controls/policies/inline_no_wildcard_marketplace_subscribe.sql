-- title: Ensure inline policies do not allow subscriptions to all products of AWS Marketplace
-- kind: control
-- severity: medium
-- tags: policies, inline, wildcards, bedrock
-- remediation: iamsql query who_can --arg action=aws-marketplace:Subscribe
-- remediation: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- aws-marketplace:Subscribe on all resources allows a principal to buy any product of AWS Marketplace, and to enable
-- any third-party model of Amazon Bedrock. The action has no resources: list the products in the condition key
-- aws-marketplace:ProductId, or remove the action. A statement with this condition is not reported.
-- `policy_no_wildcard_marketplace_subscribe` evaluates customer managed policies.

select r.* exclude (position)
from inline_policy_results(
    'can subscribe to all products of AWS Marketplace', 'allows subscriptions to all products of AWS Marketplace',
    (select list(s.statement) from every_resource_statements(
        ['aws-marketplace:Subscribe'], ['aws-marketplace:productid']
    ) as s)
) as r
order by r.position, r.resource
