-- title: What a user or role may do, action by action
-- kind: report
-- severity: info
-- version: 1
-- tags: permissions, policies
-- param: principal text                      # The ARN of a user or role
-- param: service text = ''                   # Only actions of this service, such as iam
-- param: level text = ''                     # Only actions of this level: List, Read, Tagging, Write, Permissions management
--
-- The wildcards of the principal's policies are spelt out over the catalogue of actions, which a run has when it was made
-- with `iamsql sync --table aws_iam_action` (and iamsql[actions] is installed); without it there are no rows. Each
-- action is weighed on any resource, as `can` weighs it: `depends_on` says `resource` where it is allowed on some alone.
-- Actions that are blocked are left out.

select
    j.principal, j.action, c.access_level, j.verdict,
    nullif(array_to_string(j.reasons, ', '), '') as depends_on,
    c.description, j.not_considered
from iam_principal_evaluation((
    select coalesce(list({'action': x.action, 'resource': 'any'}), [])
    from (
        select distinct k.action from aws_iam_action as k
        where ($service = '' or k.prefix = $service) and ($level = '' or k.access_level = $level)
    ) as x
), $principal, false, false, false) as j
left join (
    select k.action, min(k.access_level) as access_level, min(k.description) as description
    from aws_iam_action as k
    group by k.action
) as c on c.action = j.action
where j.verdict <> 'blocked'
order by j.action
