-- title: Actions that a user or role may perform
-- kind: report
-- severity: info
-- tags: permissions, policies
-- columns: action, access_level, verdict, conditions
-- param: principal principal   # A user or role: its ARN, user/NAME, role/NAME or unique name
-- param: service service = ''  # Service of the actions, such as iam; all if empty
-- param: level text = ''       # Access level: List, Read, Tagging, Write or Permissions management; all if empty
-- positional: principal, service
-- remediation: iamsql query can --arg principal={principal} --arg action={action}
-- remediation: iamsql query principal_statements --arg principal={principal}
--
-- Returns one row for each action that a user or role may perform. The wildcards of its policies are expanded with the
-- list of IAM actions, which a run contains if it was made with `iamsql sync --table aws_iam_action` (with
-- iamsql[actions] installed); without the list there are no rows. Each action is evaluated on any resource, as in
-- `can`: `conditions` contains `resource` if the action is allowed only on some resources. Denied actions are
-- excluded. Remove actions that the principal does not need from its policies, which `principal_statements` lists.

select
    j.principal, j.action, c.access_level, j.verdict,
    nullif(array_to_string(j.reasons, ', '), '') as conditions,
    c.description, j.not_considered
from iam_principal_evaluation((
    select coalesce(list({'action': x.action, 'resource': 'any'}), [])
    from (
        select distinct a.action from aws_iam_action as a
        where ($service = '' or a.prefix = $service) and ($level = '' or a.access_level = $level)
    ) as x
), $principal, false, false, null) as j
left join (
    select a.action, min(a.access_level) as access_level, min(a.description) as description
    from aws_iam_action as a
    group by a.action
) as c on c.action = j.action
where j.verdict <> 'denied'
order by j.action
