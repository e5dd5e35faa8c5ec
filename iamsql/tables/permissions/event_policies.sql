-- Macros for detections: what a policy document in a CloudTrail event allows. Each document is evaluated alone, because the event
-- does not contain other policies, which can deny the same request.

-- Returns the statements of a document, with the elements of aws_iam_statement. The result is NULL for text that is not a policy,
-- and empty for a document with a duplicate key.
create or replace macro iam_document_statements(policy) as
    [
        {
            'effect': json_extract_string(statement_, '$.Effect'),
            'actions': [lower(action_) for action_ in text_list(json_extract(statement_, '$.Action'))],
            'not_actions': [lower(action_) for action_ in text_list(json_extract(statement_, '$.NotAction'))],
            'resources': text_list(json_extract(statement_, '$.Resource')),
            'not_resources': text_list(json_extract(statement_, '$.NotResource')),
            'principals': statement_principals(json_extract(statement_, '$.Principal')),
            'not_principals': statement_principals(json_extract(statement_, '$.NotPrincipal')),
            'conditions': statement_conditions(statement_)
        }
        for statement_ in statement_list(document(policy)) if duplicate_key(document(policy)) is null
    ];

-- Returns the text of a detection for a document with a duplicate key, in a list. The list is empty for other documents.
create or replace macro iam_unclear_document(policy) as
    [
        concat('a document that has the key ', key_, ' twice, which is not evaluated')
        for key_ in [duplicate_key(document(policy))] if key_ is not null
    ];

-- Returns whether a statement matches an action.
create or replace macro iam_statement_matches_action(statement, action) as
    case
        when statement.actions is not null then iam_matches_action(iam_likes(statement.actions), true, action)
        when statement.not_actions is not null then iam_matches_action(iam_likes(statement.not_actions), false, action)
        else false
    end;

-- Returns whether a statement matches every action, or all but some by NotAction.
create or replace macro iam_statement_matches_every_action(statement) as
    case
        when statement.actions is not null then iam_every_action(statement.actions)
        else not coalesce(iam_every_action(statement.not_actions), true)
    end;

-- Returns whether a statement matches every resource, or all but some by NotResource.
create or replace macro iam_statement_matches_every_resource(statement) as
    case
        when statement.resources is not null then iam_every_resource(statement.resources)
        else not coalesce(iam_every_resource(statement.not_resources), true)
    end;

-- Returns whether a statement matches users, roles, groups or policies (`kind`) by a wildcard in the name.
create or replace macro iam_statement_matches_any(statement, kind) as
    (len([
        1 for pattern_ in coalesce(statement.resources, statement.not_resources)
        if concat('arn:aws:iam::~:', kind, '/~') like iam_like(
            regexp_replace(
                regexp_replace(pattern_, '^arn:aws-[a-z-]+:', 'arn:aws:'), '^arn:aws:iam::[0-9]{12}:', 'arn:aws:iam::~:'
            )
        ) escape '\'
    ]) > 0) = (statement.resources is not null);

-- Returns the IAM actions that can give their target any permission, or the caller the credentials of the target.
create or replace macro iam_escalation_actions() as
    [
        {'action': 'iam:putuserpolicy', 'kind': 'user'}, {'action': 'iam:attachuserpolicy', 'kind': 'user'},
        {'action': 'iam:putrolepolicy', 'kind': 'role'}, {'action': 'iam:attachrolepolicy', 'kind': 'role'},
        {'action': 'iam:putgrouppolicy', 'kind': 'group'}, {'action': 'iam:attachgrouppolicy', 'kind': 'group'},
        {'action': 'iam:addusertogroup', 'kind': 'group'}, {'action': 'iam:createpolicyversion', 'kind': 'policy'},
        {'action': 'iam:setdefaultpolicyversion', 'kind': 'policy'},
        {'action': 'iam:updateassumerolepolicy', 'kind': 'role'}, {'action': 'iam:createaccesskey', 'kind': 'user'},
        {'action': 'iam:createloginprofile', 'kind': 'user'}, {'action': 'iam:updateloginprofile', 'kind': 'user'}
    ];

-- Returns whether conditions limit new permissions to a boundary or to certain policies, as AWS recommends for the delegation of
-- IAM administration. AdministratorAccess and IAMFullAccess are not such limits.
create or replace macro iam_conditions_limit_delegation(conditions) as
    len(iam_restricting_keys(
        [
            condition_ for condition_ in conditions
            if len([
                1 for value_ in condition_."values"
                if 'arn:aws:iam::aws:policy/AdministratorAccess' like iam_like(value_) escape '\'
                or 'arn:aws:iam::aws:policy/IAMFullAccess' like iam_like(value_) escape '\'
                or regexp_matches(value_, ':iam::aws:policy/(AdministratorAccess|IAMFullAccess)$')
            ]) = 0
        ],
        ['iam:permissionsboundary', 'iam:policyarn']
    )) > 0;

create or replace macro iam_statement_escalates(statement) as
    not iam_conditions_limit_delegation(statement.conditions)
    and len([
        1 for escalation_ in iam_escalation_actions()
        if iam_statement_matches_action(statement, escalation_.action) and iam_statement_matches_any(statement, escalation_.kind)
    ]) > 0;

-- Returns a statement as text: actions, resources, conditions.
create or replace macro iam_statement_text(statement) as
    concat(
        left(coalesce(
            array_to_string(statement.actions, ', '), 'all but ' || array_to_string(statement.not_actions, ', ')
        ), 300),
        ' on ',
        left(coalesce(
            array_to_string(statement.resources, ', '), 'all but ' || array_to_string(statement.not_resources, ', ')
        ), 300),
        ' if ' || nullif(left(iam_condition_text(statement.conditions), 300), '')
    );

-- Returns the statements of a document that make an administrator, as text. The result is NULL for text that is not a policy. A
-- statement counts if it allows one of these:
--   every action (or all but some) on every resource (or all but some)
--   an action that raises the permissions of any principal
create or replace macro iam_document_admin_statements(policy) as
    [
        iam_statement_text(statement_) for statement_ in iam_document_statements(policy)
        if statement_.effect = 'Allow'
        and (
            (iam_statement_matches_every_action(statement_) and iam_statement_matches_every_resource(statement_))
            or iam_statement_escalates(statement_)
        )
    ] || iam_unclear_document(policy);

-- Returns the statements of a document that allow every role to be assumed, as text. A statement with a condition on the accounts
-- or the tags of the roles does not count.
create or replace macro iam_document_assume_statements(policy) as
    [
        iam_statement_text(statement_) for statement_ in iam_document_statements(policy)
        if statement_.effect = 'Allow'
        and iam_statement_matches_action(statement_, 'sts:assumerole')
        and iam_statement_matches_any(statement_, 'role')
        and len([
            1 for condition_ in statement_.conditions
            if condition_.key = 'aws:resourceaccount' or starts_with(condition_.key, 'aws:resourcetag/')
            or starts_with(condition_.key, 'iam:resourcetag/')
        ]) = 0
    ];

-- Returns whether each pattern of `narrow` is matched by a pattern of `wide`.
create or replace macro iam_patterns_cover(wide, narrow) as
    len([
        1 for narrow_ in narrow if len([1 for like_ in iam_likes(wide) if narrow_ like like_ escape '\']) = 0
    ]) = 0;

-- Returns whether all requests that met an earlier condition also meet a condition of a Deny.
create or replace macro iam_condition_covers(condition, earlier) as
    condition.operator = earlier.operator and condition.key = earlier.key and condition.if_exists = earlier.if_exists
    and condition.qualifier is not distinct from earlier.qualifier
    and case when iam_negated(condition.operator) then iam_patterns_cover(earlier."values", condition."values")
    else iam_patterns_cover(condition."values", earlier."values") end;

-- Returns whether a statement denies everything that an earlier statement denied.
create or replace macro iam_deny_covers(statement, earlier) as
    statement.effect = 'Deny'
    and coalesce(case when earlier.actions is not null then iam_patterns_cover(statement.actions, earlier.actions)
    and statement.actions is not null
    else statement.not_actions is not null and iam_patterns_cover(earlier.not_actions, statement.not_actions) end, false)
    and coalesce(case when earlier.resources is not null then statement.resources is not null
    and iam_patterns_cover(statement.resources, earlier.resources)
    else statement.not_resources is not null and iam_patterns_cover(earlier.not_resources, statement.not_resources) end, false)
    and len([
        1 for condition_ in statement.conditions
        if len([1 for earlier_ in earlier.conditions if iam_condition_covers(condition_, earlier_)]) = 0
    ]) = 0;

-- Returns the Deny statements of a document that its replacement does not have, as text.
create or replace macro iam_removed_denies(policy, replacement) as
    [
        iam_statement_text(earlier_) for earlier_ in iam_document_statements(policy)
        if earlier_.effect = 'Deny'
        and len([1 for statement_ in iam_document_statements(replacement) if iam_deny_covers(statement_, earlier_)]) = 0
    ];

-- Returns whether a service or resource control policy restricts nothing: it denies nothing and allows everything.
create or replace macro iam_restricts_nothing(policy) as
    len([1 for statement_ in iam_document_statements(policy) if statement_.effect = 'Deny']) = 0
    and len([
        1 for statement_ in iam_document_statements(policy)
        if statement_.effect = 'Allow' and iam_statement_matches_every_action(statement_)
    ]) > 0;
