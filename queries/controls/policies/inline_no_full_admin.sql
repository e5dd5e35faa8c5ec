-- title: Ensure inline policies do not allow full administrative privileges
-- kind: control
-- severity: high
-- version: 1
-- tags: policies, inline, admin
--
-- An inline policy that allows every action on every resource makes an administrator that no list of attached policies
-- shows. Take it away, or attach AdministratorAccess where an administrator is meant. Public controls of this subject
-- list service-linked roles too, whose policies nobody can change; they have no row here.

select r.* exclude (position)
from inline_policy_results(
    'is allowed everything', 'allows everything',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and iam_allows_everything(s.actions, s.not_actions, s.resources, s.not_resources)
    )
) as r
order by r.position, r.resource
