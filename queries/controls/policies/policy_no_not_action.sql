-- title: Ensure customer managed policies do not use Allow with NotAction
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, wildcards
--
-- An Allow with NotAction allows all that it does not name: services that did not exist when it was written are in it.
-- Name what is allowed by Action. A Deny with NotAction is a good thing and is not looked at.

select r.* exclude (position)
from customer_policy_results(
    'allows all but some actions (NotAction)', 'allows nothing by NotAction',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where s.effect = 'Allow' and len(s.not_actions) > 0
    )
) as r
order by r.position, r.resource
