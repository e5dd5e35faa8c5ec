-- title: Ensure customer managed policies do not allow privilege escalation
-- kind: control
-- severity: high
-- tags: policies, privilege-escalation, risk
--
-- Some actions, alone or in combination, let a principal extend its permissions: create a policy version, create an
-- access key for another user, pass a role to an instance. Remove one action of each combination, or specify the
-- resources. The control evaluates the methods of the query `privesc_methods`: one policy must allow all actions of a
-- method on all resources, and not deny them unconditionally. `principal_escalation` evaluates combinations of several
-- policies, and `policy_no_assume_any_role` the action sts:AssumeRole. Policies that are used only as permissions
-- boundaries are skipped.

with methods as (
    select m.method, len(m.actions) as action_count, unnest(m.actions) as action
    from iam_privesc_methods() as m
    where m.method <> 'assume_role'
),

actions as (
    select distinct m.action from methods as m
),

statements as (
    select
        s.document_id, s.effect, i.action,
        case when len(s.conditions) = 0 then 1 else 0 end as unconditional
    from aws_iam_statement as s
    inner join actions as i on iam_matches_action(s.action_likes, s.actions is not null, i.action)
    where
        iam_every_resource(s.resources)
        or (s.effect = 'Allow' and not iam_every_resource(s.not_resources))
        or (s.effect = 'Allow' and i.action = 'iam:PassRole' and iam_every_role(s.resources))
),

denied as (
    select distinct s.document_id, s.action
    from statements as s
    where s.effect = 'Deny' and s.unconditional = 1
),

allowed as (
    select s.document_id, s.action, max(s.unconditional) as unconditional
    from statements as s
    left join denied as n on n.document_id = s.document_id and n.action = s.action
    where s.effect = 'Allow' and n.action is null
    group by s.document_id, s.action
),

document_methods as (
    select l.document_id, m.method, min(l.unconditional) as unconditional
    from allowed as l
    inner join methods as m on m.action = l.action
    group by l.document_id, m.method, m.action_count
    having count(*) = m.action_count
),

documents as (
    select m.document_id, count(*) as methods, min(m.method) as example, max(m.unconditional) as unconditional
    from document_methods as m
    group by m.document_id
)

select
    d.owner_arn as resource,
    unnest(case
        when d.document_id is null then unknown('the document of the policy was not read.')
        when e.methods > 0 and p.attachment_count = 0 and p.permissions_boundary_usage_count > 0
            then skip('The policy is only a permissions boundary, which grants nothing.')
        when e.methods > 0 then alarm(concat(
            'The policy allows ', pluralize(e.methods, 'method', 'methods'), ' of privilege escalation, for example ',
            e.example, case when e.unconditional = 0 then ', each under conditions.' else '.' end
        ))
        else ok('The policy alone allows no known method of privilege escalation.')
    end),
    d.account_id, 'global' as region, d.policy_name
from aws_iam_document as d
left join documents as e on e.document_id = d.document_id
left join aws_iam_policy as p on p.account_id = d.account_id and p.arn = d.owner_arn
where d.source = 'managed' and not d.is_aws_managed
order by account_position(d.account_id), d.owner_arn
