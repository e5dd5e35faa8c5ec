-- title: Ensure customer managed policies do not allow subscriptions to all products of AWS Marketplace
-- kind: control
-- severity: medium
-- tags: policies, wildcards, bedrock
-- fix: iamsql query who_can --arg action=aws-marketplace:Subscribe
-- fix: aws iam list-entities-for-policy --policy-arn {resource}
-- fix: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- aws-marketplace:Subscribe on all resources allows a principal to buy any product of AWS Marketplace, and to enable any
-- third-party model of Amazon Bedrock. The action has no resources: list the products in the condition key
-- aws-marketplace:ProductId, or remove the action. A statement with this condition is not reported.

select r.* exclude (position)
from customer_policy_results(
    'allows subscriptions to all products of AWS Marketplace',
    'does not allow subscriptions to all products of AWS Marketplace',
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
