-- title: Ensure customer managed policies do not use Allow with NotResource
-- kind: control
-- severity: medium
-- tags: policies, wildcards
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- Allow with NotResource allows access to every resource that the statement does not list, including resources that are
-- created later. Use Resource. Deny with NotResource is not evaluated.

select r.* exclude (position)
from customer_policy_results(
    'uses Allow with NotResource', 'does not use Allow with NotResource',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where s.effect = 'Allow' and not iam_every_resource(s.not_resources)
    )
) as r
order by r.position, r.resource
