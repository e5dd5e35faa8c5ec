-- Returns what can be taken from a user or role to stop an explicit deny that matches an action of the questions: its policies
-- with such a deny, and its groups with such policies. `item` is a value of iam_policy_item or iam_group_item. A group has NULL in
-- `policy_arn` and `policy_name`.
-- returns: principal_arn VARCHAR, item VARCHAR, policy_arn VARCHAR, policy_name VARCHAR, group_name VARCHAR, is_group BOOLEAN
create or replace macro iam_denying_policies(questions) as table
with asked_actions as materialized (
    select list(distinct q.definition.action) as actions
    from (select unnest(iam_question_list(questions)) as definition) as q
),

-- The distinct lists of action patterns of a Deny that match an action. There are only a few, because many policies have the same
-- lists.
denying_patterns as materialized (
    select t.action_likes, t.is_action
    from (
        select distinct s.action_likes, s.actions is not null as is_action from aws_iam_statement as s where s.effect = 'Deny'
    ) as t
    cross join asked_actions as a
    where len([1 for action_ in a.actions if iam_matches_action(t.action_likes, t.is_action, action_)]) > 0
),

denying_documents as materialized (
    select distinct s.document_id
    from aws_iam_statement as s
    join denying_patterns as d on d.action_likes = s.action_likes and d.is_action = (s.actions is not null)
    where s.effect = 'Deny'
)

select distinct
    l.principal_arn, iam_policy_item(l.policy_arn, l.policy_name, l.group_name) as item, l.policy_arn, l.policy_name, l.group_name,
    false as is_group
from aws_iam_principal_policy as l join denying_documents as d on d.document_id = l.document_id
where l.layer = 'identity'
union all
select distinct l.principal_arn, iam_group_item(l.group_name), null, null, l.group_name, true
from aws_iam_principal_policy as l join denying_documents as d on d.document_id = l.document_id
where l.layer = 'identity' and l.group_name is not null;
