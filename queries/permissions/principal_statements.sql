-- title: Policy statements that apply to each user or role
-- kind: report
-- severity: info
-- tags: permissions, policies, organizations
-- columns: layer, principal, policy_name, effect, actions, resources, conditions
-- param: principal principal = ''  # A user or role: its ARN, user/NAME, role/NAME or unique name; all if empty
-- positional: principal
-- remediation: aws iam generate-service-last-accessed-details --arn {principal}
-- remediation: iamsql query can --arg principal={principal} --arg action=ACTION
--
-- Returns one row for each statement of each policy that applies to a user or role: `identity` statements of its
-- attached, inline and group policies, the statements of its permissions boundary, and the service control policies of
-- each level above its account, which limit the permissions and grant none. Service control policies do not apply to
-- the management account and to service-linked roles. `statement` is NULL if the run does not contain the document of
-- the policy. Actions and resources that begin with ! come from NotAction and NotResource. `can` evaluates the
-- statements together. `policy_arn` is the policy to change.

with levels as (
    select p.account_id, p.level, p.policy_name, p.target_name, p.policy_id, p.document_id
    from aws_organizations_account_policy as p
    where
        p.type = 'SERVICE_CONTROL_POLICY'
        and p.level is not null  -- NULL where the targets of the policy were not read
        and p.account_id not in (select split_part(r.arn, ':', 5) from aws_organizations_root as r)
),

applicable_policies as (
    select
        p.account_id, p.principal_arn, p.layer, p.via, p.group_name, p.policy_name, p.policy_arn, p.document_id, 0 as place
    from aws_iam_principal_policy as p
    where $principal = '' or p.principal_arn = $principal
    union all
    select
        r.account_id, r.arn, 'scp', l.target_name, null, l.policy_name, l.policy_id, l.document_id, l.level + 1
    from users_and_roles() as r
    inner join levels as l on l.account_id = r.account_id
    where $principal = '' or r.arn = $principal
)

select
    p.account_id, a.name as account_name, p.principal_arn as principal, p.layer, p.via, p.group_name, p.policy_name,
    p.policy_arn, s.number as statement, s.sid, s.effect,
    coalesce(array_to_string(s.actions, ', '), '!' || array_to_string(s.not_actions, ', !')) as actions,
    coalesce(array_to_string(s.resources, ', '), '!' || array_to_string(s.not_resources, ', !')) as resources,
    nullif(iam_condition_text(s.conditions), '') as conditions
from applicable_policies as p
left join aws_iam_statement as s on s.document_id = p.document_id
left join iamsql.accounts as a on a.account_id = p.account_id
order by
    a.position, p.principal_arn,
    case p.layer when 'identity' then 1 when 'boundary' then 2 else 3 end,
    p.place, p.via, p.policy_name, p.policy_arn, s.number
