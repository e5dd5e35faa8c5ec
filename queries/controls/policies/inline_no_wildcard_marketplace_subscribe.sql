-- title: Ensure inline policies do not allow subscriptions to all products of AWS Marketplace
-- kind: control
-- severity: medium
-- tags: policies, inline, wildcards, bedrock
-- fix: iamsql query who_can --arg action=aws-marketplace:Subscribe
-- fix: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- fix: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- fix: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- aws-marketplace:Subscribe on all resources allows a principal to buy any product of AWS Marketplace, and to enable any
-- third-party model of Amazon Bedrock. The action has no resources: list the products in the condition key
-- aws-marketplace:ProductId, or remove the action. A statement with this condition is not reported.
-- `policy_no_wildcard_marketplace_subscribe` evaluates customer managed policies.

select r.* exclude (position)
from inline_policy_results(
    'can subscribe to all products of AWS Marketplace', 'allows subscriptions to all products of AWS Marketplace',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and iam_matches_action(s.action_likes, s.actions is not null, 'aws-marketplace:Subscribe')
            and len(iam_restricting_keys(s.conditions, ['aws-marketplace:productid'])) = 0
            and (
                iam_every_resource(s.resources)
                or (s.not_resources is not null and not iam_every_resource(s.not_resources))
            )
    )
) as r
order by r.position, r.resource
