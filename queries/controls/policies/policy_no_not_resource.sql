-- title: Ensure customer managed policies do not use Allow with NotResource
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, wildcards
--
-- An Allow with NotResource reaches every resource that it does not name, those of later days too. Name what is allowed
-- by Resource. A Deny with NotResource is not looked at.

select r.* exclude (position)
from customer_policy_results(
    'reaches all but some resources (NotResource)', 'allows nothing by NotResource',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where s.effect = 'Allow' and not iam_every_resource(s.not_resources)
    )
) as r
order by r.position, r.resource
