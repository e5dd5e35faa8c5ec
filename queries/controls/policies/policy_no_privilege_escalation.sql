-- title: Ensure customer managed policies do not allow privilege escalation
-- kind: control
-- severity: high
-- version: 1
-- tags: policies, privilege-escalation, risk
--
-- Some actions, alone or together, turn few permissions into many: write a policy's new version, make another user's
-- key, pass a role to a machine of one's own. Here the actions of one way must all be in one policy, on every resource,
-- less what the policy denies on every resource without a condition. Ways that several policies of a user or role open
-- together are for principal_escalation; the ways are those of the query privesc_methods. A policy that lets every role
-- be assumed is for policy_no_assume_any_role. A policy that is a boundary and nothing else makes a `skip` row.

with wanted as (
    select m.method, len(m.actions) as needed, unnest(m.actions) as action
    from iam_privesc_methods() as m
    where m.method <> 'assume_role'
),

actions as (
    select distinct w.action from wanted as w
),

reached as (
    select
        s.document_id, s.effect, w.action,
        case when len(s.conditions) = 0 then 1 else 0 end as unconditional
    from aws_iam_statement as s
    inner join actions as w on iam_matches_action(s.action_likes, s.actions is not null, w.action)
    where
        iam_every_resource(s.resources)
        or (s.effect = 'Allow' and not iam_every_resource(s.not_resources))
        or (s.effect = 'Allow' and w.action = 'iam:PassRole' and iam_every_role(s.resources))
),

denied as (
    select distinct r.document_id, r.action
    from reached as r
    where r.effect = 'Deny' and r.unconditional = 1
),

allowed as (
    select
        r.document_id, r.action,
        max(r.unconditional) as unconditional
    from reached as r
    left join denied as n on n.document_id = r.document_id and n.action = r.action
    where r.effect = 'Allow' and n.action is null
    group by r.document_id, r.action
),

ways as (
    select
        l.document_id, w.method,
        min(l.unconditional) as unconditional
    from allowed as l
    inner join wanted as w on w.action = l.action
    group by l.document_id, w.method, w.needed
    having count(*) = w.needed
),

found as (
    select y.document_id, count(*) as methods, min(y.method) as example, max(y.unconditional) as unconditional
    from ways as y
    group by y.document_id
)

select
    d.owner_arn as resource,
    unnest(case
        when d.document_id is null then unknown('the document of the policy was not read.')
        when f.methods > 0 and p.attachment_count = 0 and p.permissions_boundary_usage_count > 0
            then skip('The policy is only a boundary, which gives nothing.')
        when f.methods > 0 then alarm(concat(
            'The policy opens ', f.methods, case when f.methods = 1 then ' way' else ' ways' end,
            ' to more permissions, such as ', f.example,
            case when f.unconditional = 0 then ', each under conditions.' else '.' end
        ))
        else ok('The policy alone opens no known way to more permissions.')
    end),
    d.account_id, 'global' as region, d.policy_name
from aws_iam_document as d
left join found as f on f.document_id = d.document_id
left join aws_iam_policy as p on p.account_id = d.account_id and p.arn = d.owner_arn
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed
order by a.position, d.owner_arn
