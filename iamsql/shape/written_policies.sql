-- Policies that requests carry, as CloudTrail records them: the questions that detections ask of a document just written.
--
-- A document is judged by itself: what other policies deny is not known from one event.

-- The statements of a document, in the parts that aws_iam_statement has; NULL for a text that is no policy.
create or replace macro iam_written_statements(policy) as
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
        for statement_ in statement_list(document(policy))
    ];

-- Whether a statement's actions hold one action.
create or replace macro iam_statement_acts(statement, wanted) as
    case
        when statement.actions is not null then iam_reaches(iam_likes(statement.actions), true, wanted)
        when statement.not_actions is not null then iam_reaches(iam_likes(statement.not_actions), false, wanted)
        else false
    end;

-- Whether they hold every action, or every action but some.
create or replace macro iam_statement_acts_widely(statement) as
    case
        when statement.actions is not null then iam_every_action(statement.actions)
        else not coalesce(iam_every_action(statement.not_actions), true)
    end;

-- Whether a statement's resources are all there are, or all but some.
create or replace macro iam_statement_is_everywhere(statement) as
    case
        when statement.resources is not null then iam_every_resource(statement.resources)
        else not coalesce(iam_every_resource(statement.not_resources), true)
    end;

-- Whether they hold any user, role, group or policy: `kind` with a name that only a wildcard matches.
create or replace macro iam_statement_is_on_any(statement, kind) as
    (len([
        1 for pattern_ in coalesce(statement.resources, statement.not_resources)
        if concat('arn:aws:iam::~:', kind, '/~') like iam_like(
            regexp_replace(
                regexp_replace(pattern_, '^arn:aws-[a-z-]+:', 'arn:aws:'), '^arn:aws:iam::[0-9]{12}:', 'arn:aws:iam::~:'
            )
        ) escape '\'
    ]) > 0) = (statement.resources is not null);

-- The actions of IAM that give any permission to whom they are used on, or give that principal's credentials.
create or replace macro iam_raising_actions() as
    [
        {'action': 'iam:putuserpolicy', 'kind': 'user'}, {'action': 'iam:attachuserpolicy', 'kind': 'user'},
        {'action': 'iam:putrolepolicy', 'kind': 'role'}, {'action': 'iam:attachrolepolicy', 'kind': 'role'},
        {'action': 'iam:putgrouppolicy', 'kind': 'group'}, {'action': 'iam:attachgrouppolicy', 'kind': 'group'},
        {'action': 'iam:addusertogroup', 'kind': 'group'}, {'action': 'iam:createpolicyversion', 'kind': 'policy'},
        {'action': 'iam:setdefaultpolicyversion', 'kind': 'policy'},
        {'action': 'iam:updateassumerolepolicy', 'kind': 'role'}, {'action': 'iam:createaccesskey', 'kind': 'user'},
        {'action': 'iam:createloginprofile', 'kind': 'user'}, {'action': 'iam:updateloginprofile', 'kind': 'user'}
    ];

-- Whether conditions hold the giving of permissions to a boundary or to certain policies, other than AdministratorAccess:
-- how AWS documents the delegation of IAM.
create or replace macro iam_delegates_safely(conditions) as
    len(iam_held_by(
        [
            condition_ for condition_ in conditions
            if len([
                1 for value_ in condition_."values"
                if 'arn:aws:iam::aws:policy/AdministratorAccess' like iam_like(value_) escape '\'
                or value_ like '%:iam::aws:policy/AdministratorAccess'
            ]) = 0
        ],
        ['iam:permissionsboundary', 'iam:policyarn']
    )) > 0;

create or replace macro iam_statement_raises(statement) as
    not iam_delegates_safely(statement.conditions)
    and len([
        1 for raising_ in iam_raising_actions()
        if iam_statement_acts(statement, raising_.action) and iam_statement_is_on_any(statement, raising_.kind)
    ]) > 0;

-- A statement in words: which actions, on which resources, under which conditions.
create or replace macro iam_statement_words(statement) as
    concat(
        left(coalesce(
            array_to_string(statement.actions, ', '), 'all but ' || array_to_string(statement.not_actions, ', ')
        ), 300),
        ' on ',
        left(coalesce(
            array_to_string(statement.resources, ', '), 'all but ' || array_to_string(statement.not_resources, ', ')
        ), 300),
        ' if ' || nullif(left(iam_condition_words(statement.conditions), 300), '')
    );

-- The statements, in words, by which a document makes an administrator: those that allow every action (or all but some)
-- on every resource (or all but some), and those that allow anyone's permissions to be raised. NULL for what is no policy.
create or replace macro iam_written_power(policy) as
    [
        iam_statement_words(statement_) for statement_ in iam_written_statements(policy)
        if statement_.effect = 'Allow'
        and (
            (iam_statement_acts_widely(statement_) and iam_statement_is_everywhere(statement_))
            or iam_statement_raises(statement_)
        )
    ];

-- Whether a value that a condition names is of this organization: inside, outside, or NULL where that is not known.
create or replace macro iam_side_of(key, named, own, organization) as
    case
        when key in ('aws:principalaccount', 'aws:sourceaccount', 'aws:sourceowner', 'kms:calleraccount') then
            case when list_contains(own, named) then 'inside' else 'outside' end
        when key in ('aws:principalorgid', 'aws:sourceorgid') then
            case when named = organization then 'inside'
            when organization is not null or regexp_matches(named, '[*?]') then 'outside' end
        when key in ('aws:principalorgpaths', 'aws:sourceorgpaths') then
            case when starts_with(named, organization || '/') then 'inside'
            when organization is not null or regexp_matches(split_part(named, '/', 1), '[*?]') then 'outside' end
        when key in ('aws:principalarn', 'aws:sourcearn') then
            case when list_contains(own, split_part(named, ':', 5)) then 'inside'
            when key = 'aws:principalarn' or regexp_full_match(split_part(named, ':', 5), '[0-9]{12}') then 'outside'
            when regexp_full_match(named, 'arn:[^:]*:[^:]*:[^:]*:[*?]*:[*?]*|[*?]+|arn:[*?]+') then 'outside' end
        when key = 'aws:sourceip' then
            case when iam_prefix(named) < case when contains(named, ':') then 16 else 8 end then 'outside' end
    end;

-- The conditions that hold a request to certain callers, sources or networks.
create or replace macro iam_binding(conditions) as
    [
        condition_ for condition_ in conditions
        if len(iam_held_by([condition_], [
            'aws:principalaccount', 'aws:principalarn', 'aws:principalorgid', 'aws:principalorgpaths', 'aws:userid',
            'aws:sourceaccount', 'aws:sourcearn', 'aws:sourceowner', 'aws:sourceorgid', 'aws:sourceorgpaths',
            'aws:sourceip', 'aws:sourcevpc', 'aws:sourcevpce', 'kms:calleraccount'
        ])) > 0
    ];

-- Whether conditions keep everyone out but callers of this organization. With `strict`, what is not known to be of it does not.
create or replace macro iam_keeps_out_strangers(conditions, own, organization, strict) as
    len([
        1 for condition_ in iam_binding(conditions)
        if len([
            1 for named_ in condition_."values"
            if coalesce(iam_side_of(condition_.key, named_, own, organization), case when strict then 'outside' end) = 'outside'
        ]) = 0
    ]) > 0;

-- Whether a subject of a token, as a condition names it, leaves open whose it is: nothing stands before its wildcard, or
-- only a label such as repo: does.
create or replace macro iam_subject_is_open(operator, subject) as
    operator = 'stringlike' and regexp_full_match(
        subject, '[*?].*|[A-Za-z_]+:[^/:*?]*[*?].*|system:serviceaccount:[*?]+:[*?]+.*'
    ) and not regexp_full_match(subject, 'system:serviceaccount:.*[^*?:].*');

-- The conditions on claims of a token that name some value: claims are the ends of their keys.
create or replace macro iam_claims(conditions, provider, claims) as
    [
        condition_ for condition_ in conditions
        if list_contains([concat(provider, ':', claim_) for claim_ in claims], condition_.key)
        and starts_with(condition_.operator, 'string') and not contains(condition_.operator, 'not')
        and not condition_.if_exists and coalesce(condition_.qualifier, '') <> 'all' and len(condition_."values") > 0
    ];

-- Why a role that trusts a provider of tokens is open to strangers; NULL where it is not.
create or replace macro iam_token_is_open(conditions, provider) as
    case
        when len([
            1 for claim_ in iam_claims(conditions, provider, case
                when provider in (
                    'cognito-identity.amazonaws.com', 'accounts.google.com', 'www.amazon.com', 'graph.facebook.com'
                ) then ['sub', 'aud', 'oaud', 'app_id', 'user_id', 'id', 'email']
                else ['sub', 'repository', 'repository_id', 'job_workflow_ref'] end)
            if len([1 for value_ in claim_."values" if iam_subject_is_open(claim_.operator, value_)]) = 0
        ]) = 0
            then case when len(iam_claims(conditions, provider, ['sub'])) = 0 then 'no condition on the subject'
            else 'any subject' end
        when len([
            1 for claim_ in iam_claims(conditions, provider, ['aud'])
            if len([1 for value_ in claim_."values" if regexp_full_match(value_, '[*?]+')]) > 0
        ]) > 0
            then 'any audience'
    end;

-- Why a trust lets strangers in by one of its principals; NULL where it does not.
create or replace macro iam_trust_opens(kind, named, conditions, own, organization) as
    case
        when kind in ('AWS', 'NotPrincipal') then
            case when (
                kind = 'NotPrincipal' or iam_is_anyone(kind, named) or not list_contains(own, iam_account_of(kind, named))
            ) and not iam_keeps_out_strangers(conditions, own, organization, true) then
                case when len(conditions) = 0 then 'without a condition'
                else 'under the condition ' || left(iam_condition_words(conditions), 300) end
            end
        when regexp_full_match(named, '[*?]+') then 'without a name'
        when kind = 'Federated' and named like 'arn:%' and not list_contains(own, split_part(named, ':', 5))
            then 'a provider of another account'
        when kind = 'Federated' and named not like '%:saml-provider/%'
            then iam_token_is_open(conditions, regexp_replace(lower(named), '^arn:.*:oidc-provider/', ''))
        when
            kind = 'Service' and regexp_full_match(named, '(rolesanywhere|credentials\.iot)\.amazonaws\.com(\.cn)?')
            and not iam_keeps_out_strangers(conditions, own, organization, true)
            then 'for machines outside AWS, of whatever source'
    end;

-- Those whom a trust policy lets in, each with `opens`, why that is a way in for strangers. `own` are the ids of one's accounts.
create or replace macro iam_written_trust(policy, own, organization) as
    flatten([
        [
            {
                'kind': who_."type",
                'named': who_."value",
                'opens': iam_trust_opens(who_."type", who_."value", statement_.conditions, own, organization)
            }
            for who_ in coalesce(
                statement_.principals, [{'type': 'NotPrincipal', 'value': not_."value"} for not_ in statement_.not_principals]
            )
        ]
        for statement_ in iam_written_statements(policy)
        if statement_.effect = 'Allow'
        and (
            iam_statement_acts(statement_, 'sts:assumerole')
            or iam_statement_acts(statement_, 'sts:assumerolewithsaml')
            or iam_statement_acts(statement_, 'sts:assumerolewithwebidentity')
        )
    ]);
