-- Returns the Allow statements that allow an action on every role of an account or of all accounts, as {'document_id',
-- 'is_unconditional'}.
-- returns: statement STRUCT(document_id VARCHAR, is_unconditional BOOLEAN)
create or replace macro every_role_statements(role_action) as table
select {'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0} as statement
from aws_iam_statement as s
where
    s.effect = 'Allow'
    and iam_matches_action(s.action_likes, s.actions is not null, role_action)
    and (iam_every_role(s.resources) or not iam_every_role(s.not_resources));

-- Returns the Allow statements that allow all of some actions on every resource, as {'document_id', 'is_unconditional'}.
-- Statements with a condition that restricts one of the keys to certain values are left out.
-- returns: statement STRUCT(document_id VARCHAR, is_unconditional BOOLEAN)
create or replace macro every_resource_statements(allowed_actions, keys) as table
select {'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0} as statement
from aws_iam_statement as s
where
    s.effect = 'Allow'
    and len([
        1 for action_ in allowed_actions if not iam_matches_action(s.action_likes, s.actions is not null, action_)
    ]) = 0
    and len(iam_restricting_keys(s.conditions, keys)) = 0
    and (iam_every_resource(s.resources) or s.not_resources is not null and not iam_every_resource(s.not_resources));
