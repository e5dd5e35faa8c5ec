-- What single statements match: actions, resources, principals, and the callers that their conditions admit.

-- Returns whether the action patterns of a statement match an action. `is_action` is true for Action and false for NotAction.
create or replace macro iam_matches_action(action_likes, is_action, action) as
    (len([1 for like_ in action_likes if lower(action) like like_ escape '\']) > 0) = is_action;

-- Returns whether a statement of a trust policy allows the role to be assumed, and not only sts:TagSession and similar calls.
create or replace macro iam_allows_assume_role(action_likes, is_action) as
    iam_matches_action(action_likes, is_action, 'sts:AssumeRole')
    or iam_matches_action(action_likes, is_action, 'sts:AssumeRoleWithSAML')
    or iam_matches_action(action_likes, is_action, 'sts:AssumeRoleWithWebIdentity');

-- Returns whether a list of action patterns has one that matches every action.
create or replace macro iam_every_action(patterns) as
    coalesce(len([1 for pattern_ in patterns if regexp_full_match(pattern_, '\*+(:\*+)?')]) > 0, false);

-- Returns whether a list of resource patterns has one that matches every resource of every service.
create or replace macro iam_every_resource(patterns) as
    len([1 for pattern_ in patterns if regexp_full_match(pattern_, '\*+|arn:\*+|arn:[a-z*-]+(:\*+)+')]) > 0;

-- Returns whether a statement matches every action on every resource. A statement with NotAction or NotResource counts unless it
-- excludes what defines an administrator: the IAM actions that change policies, or IAM roles, users and policies.
create or replace macro iam_allows_everything(actions, not_actions, resources, not_resources) as
    (
        iam_every_action(actions)
        or coalesce(len(not_actions) > 0 and len([
            1 for like_ in iam_likes(not_actions)
            if '*:*' like like_ escape '\' or 'iam:attachrolepolicy' like like_ escape '\'
            or 'iam:putuserpolicy' like like_ escape '\' or 'iam:createpolicyversion' like like_ escape '\'
        ]) = 0, false)
    ) and (
        iam_every_resource(resources)
        or coalesce(len(not_resources) > 0 and len([
            1 for like_ in iam_likes([regexp_replace(pattern_, '^arn:[^:]*:', 'arn:aws:') for pattern_ in not_resources])
            if 'arn:aws:*:*:*:*' like like_ escape '\' or 'arn:aws:iam::*:role/*' like like_ escape '\'
            or 'arn:aws:iam::*:user/*' like like_ escape '\' or 'arn:aws:iam::*:policy/*' like like_ escape '\'
        ]) = 0, false)
    );

-- Returns whether a list of resource patterns has one that matches every role of an account or of all accounts.
create or replace macro iam_every_role(patterns) as
    len([
        1 for pattern_ in patterns
        if regexp_full_match(pattern_, '\*+|arn:\*+|arn:[a-z*-]+(:\*+)+|arn:[a-z*-]+:iam::[0-9*]+:(\*+|role\*+|role/\*+)')
    ]) > 0;

-- Returns whether a list of resource patterns has one that matches every KMS key of an account or of all accounts.
create or replace macro iam_every_key(patterns) as
    len([
        1 for pattern_ in patterns
        if regexp_full_match(
            pattern_, '\*+|arn:\*+|arn:[a-z*-]+(:\*+)+|arn:[a-z*-]+:kms:[^:]*:[0-9*]+:(\*+|(key|alias)\*+|(key|alias)/\*+)'
        )
    ]) > 0;

-- Returns whether an Allow statement with these actions and resources allows decryption with every KMS key, or with all keys except
-- the keys that NotResource lists.
create or replace macro iam_decrypts_every_key(action_likes, is_action, resources, not_resources) as
    (iam_matches_action(action_likes, is_action, 'kms:Decrypt') or iam_matches_action(action_likes, is_action, 'kms:ReEncryptFrom'))
    and (iam_every_key(resources) or not iam_every_key(not_resources));

-- Returns the account of a principal, or NULL for everyone, for a deleted principal, and for services and identity providers.
create or replace macro iam_account_of(type, value) as
    case
        when type = 'AWS' and regexp_full_match(value, '[0-9]{12}') then value
        when type = 'AWS' and regexp_full_match(split_part(value, ':', 5), '[0-9]{12}') then split_part(value, ':', 5)
    end;

-- Returns whether a principal is everyone (iam_is_anyone), or the unique ID that replaces the ARN of a deleted user or role
-- (iam_is_deleted).
create or replace macro iam_is_anyone(type, value) as type = 'AWS' and regexp_full_match(value, '\*+');
create or replace macro iam_is_deleted(type, value) as
    type = 'AWS' and regexp_full_match(value, 'A[A-Z]{3}[A-Z0-9]{12,28}');

-- Returns the keys of a list that conditions restrict to certain values. These conditions restrict nothing:
--   a condition that holds without the key
--   a condition that holds for any value
--   a condition that compares a key with itself
--   a condition that only excludes values
create or replace macro iam_restricting_keys(conditions, keys) as
    list_sort(list_distinct([
        condition_.key for condition_ in conditions
        if list_contains(keys, condition_.key)
        and not condition_.if_exists
        and coalesce(condition_.qualifier, '') <> 'all'
        and not starts_with(condition_.operator, 'null')
        and not contains(condition_.operator, 'not')
        and not regexp_matches(array_to_string(condition_."values", ' '), '(^| )([*?]+|0[.]0[.]0[.]0/0|::/0)( |$)')
        and not contains(lower(array_to_string(condition_."values", ' ')), concat('${', condition_.key, '}'))
    ]), 'ASC');

-- Returns whether conditions require a key that describes an IAM principal. A request with a token of an identity provider has no
-- such key.
create or replace macro iam_requires_principal(conditions) as
    len([
        1 for condition_ in conditions
        if not condition_.if_exists and coalesce(condition_.qualifier, '') <> 'all'
        and not starts_with(condition_.operator, 'null') and not contains(condition_.operator, 'not')
        and (
            regexp_matches(condition_.key, '^aws:(principal(arn|account|orgid|orgpaths|type|tag/.*)|username|userid)$')
            or len(condition_."values") > 0 and len([
                1 for value_ in condition_."values"
                if not regexp_matches(lower(value_), '\$\{ *aws:(principal(arn|account|orgid|type|tag/[^,}]*)|username|userid) *\}')
            ]) = 0
        )
    ]) > 0;

-- Returns conditions as text.
create or replace macro iam_condition_text(conditions) as
    case when len(conditions) = 0 then '' else list_aggr([
        concat(
            case condition_.qualifier when 'all' then 'forallvalues:' when 'any' then 'foranyvalue:' else '' end,
            condition_.operator, case when condition_.if_exists then 'ifexists' else '' end,
            ' ', condition_.key, ' = ', array_to_string(condition_."values", ', ')
        )
        for condition_ in conditions
    ], 'string_agg', '; ') end;

-- Returns whether a service runs the customer's code with the role that is passed to it, on instances, in containers or in
-- functions.
create or replace macro iam_runs_code(service_principal) as
    regexp_full_match(
        service_principal,
        '(ec2|lambda|edgelambda|ecs-tasks|pods\.eks|codebuild|batch|glue|sagemaker|elasticmapreduce|tasks\.apprunner'
        || '|ssm|cloud9|datapipeline|emr-serverless|robomaker|bedrock-agentcore)\.amazonaws\.com(\.cn)?'
    );

-- Returns the number of statements as the end of a sentence, which also says whether all of them have conditions.
create or replace macro iam_statement_count_text(statements, unconditional) as
    concat(
        ' in ', statements, case when statements = 1 then ' statement' else ' statements' end,
        case when unconditional > 0 then '.' when statements = 1 then ', under conditions.' else ', each under conditions.' end
    );
