-- title: Ensure customer managed policies do not allow subscriptions to all products of AWS Marketplace
-- kind: control
-- severity: medium
-- tags: policies, wildcards, bedrock
-- remediation: iamsql query who_can --arg action=aws-marketplace:Subscribe
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- aws-marketplace:Subscribe on all resources allows a principal to buy any product of AWS Marketplace, and to enable
-- any third-party model of Amazon Bedrock. The action has no resources: list the products in the condition key
-- aws-marketplace:ProductId, or remove the action. A statement with this condition is not reported.

select r.* exclude (position)
from customer_policy_results(
    'allows subscriptions to all products of AWS Marketplace',
    'does not allow subscriptions to all products of AWS Marketplace',
    (select list(s.statement) from every_resource_statements(
        ['aws-marketplace:Subscribe'], ['aws-marketplace:productid']
    ) as s)
) as r
order by r.position, r.resource
