-- What a policy's statement or a role's trust risks, and what conditions hold a statement to.

-- Whether a statement's patterns reach an action; `reaches` is true for those of Action and false for those of NotAction.
create or replace macro iam_matches_action(likes, reaches, wanted) as
    (len([1 for like_ in likes if lower(wanted) like like_ escape '\']) > 0) = reaches;

-- Whether a statement of a trust lets anyone in, and does not only let a session be tagged.
create or replace macro iam_allows_assume_role(likes, reaches) as
    iam_matches_action(likes, reaches, 'sts:AssumeRole')
    or iam_matches_action(likes, reaches, 'sts:AssumeRoleWithSAML')
    or iam_matches_action(likes, reaches, 'sts:AssumeRoleWithWebIdentity');

-- Whether patterns of actions hold one for every action there is.
create or replace macro iam_every_action(patterns) as
    coalesce(len([1 for pattern_ in patterns if regexp_full_match(pattern_, '\*+(:\*+)?')]) > 0, false);

-- Whether patterns of resources hold one for every resource of every service.
create or replace macro iam_every_resource(patterns) as
    len([1 for pattern_ in patterns if regexp_full_match(pattern_, '\*+|arn:\*+|arn:[a-z*-]+(:\*+)+')]) > 0;

-- Whether a statement speaks of every action on every resource, however it is spelled. NotAction and NotResource count unless
-- they leave out what makes an administrator: IAM's changes of policies, or IAM's roles, users and policies.
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

-- Whether they hold one for every role of some account or of all.
create or replace macro iam_every_role(patterns) as
    len([
        1 for pattern_ in patterns
        if regexp_full_match(pattern_, '\*+|arn:\*+|arn:[a-z*-]+(:\*+)+|arn:[a-z*-]+:iam::[0-9*]+:(\*+|role\*+|role/\*+)')
    ]) > 0;

-- Whether they hold one for every KMS key of some account or of all.
create or replace macro iam_every_key(patterns) as
    len([
        1 for pattern_ in patterns
        if regexp_full_match(
            pattern_, '\*+|arn:\*+|arn:[a-z*-]+(:\*+)+|arn:[a-z*-]+:kms:[^:]*:[0-9*]+:(\*+|(key|alias)\*+|(key|alias)/\*+)'
        )
    ]) > 0;

-- Whether an Allow statement with these actions and resources allows decryption with every KMS key.
create or replace macro iam_decrypts_every_key(likes, is_action, resources, not_resources) as
    (iam_matches_action(likes, is_action, 'kms:Decrypt') or iam_matches_action(likes, is_action, 'kms:ReEncryptFrom'))
    and (iam_every_key(resources) or not iam_every_key(not_resources));

-- The account that a principal names; NULL for everyone, for one who was deleted, and for services and providers.
create or replace macro iam_account_of(type, value) as
    case
        when type = 'AWS' and regexp_full_match(value, '[0-9]{12}') then value
        when type = 'AWS' and regexp_full_match(split_part(value, ':', 5), '[0-9]{12}') then split_part(value, ':', 5)
    end;

-- Whether a principal is everyone, or the id that stays behind when a user or role is deleted.
create or replace macro iam_is_anyone(type, value) as type = 'AWS' and regexp_full_match(value, '\*+');
create or replace macro iam_is_deleted(type, value) as
    type = 'AWS' and regexp_full_match(value, 'A[A-Z]{3}[A-Z0-9]{12,28}');

-- The keys, of some, that conditions hold a request to certain values of: those that pass a request without the key, or
-- with any value, and those that only rule values out hold it to nothing.
create or replace macro iam_restricting_keys(conditions, keys) as
    list_sort(list_distinct([
        condition_.key for condition_ in conditions
        if list_contains(keys, condition_.key)
        and not condition_.if_exists
        and coalesce(condition_.qualifier, '') <> 'all'
        and not starts_with(condition_.operator, 'null')
        and not contains(condition_.operator, 'not')
        and not regexp_matches(array_to_string(condition_."values", ' '), '(^| )[*?]+( |$)')
    ]), 'ASC');

-- Conditions on who calls that name accounts or organizations. An ARN must name its account.
create or replace macro iam_caller_conditions(conditions) as
    [
        condition_ for condition_ in conditions
        if condition_.key in ('aws:principalaccount', 'aws:principalorgid', 'aws:principalorgpaths', 'aws:userid')
        or (
            condition_.key = 'aws:principalarn'
            and len([1 for value_ in condition_."values" if regexp_full_match(split_part(value_, ':', 5), '[0-9]{12}')])
            = len(condition_."values")
        )
    ];

-- The keys by which conditions hold callers to known accounts or organizations.
create or replace macro iam_known_caller_keys(conditions) as
    iam_restricting_keys(
        iam_caller_conditions(conditions),
        ['aws:principalaccount', 'aws:principalarn', 'aws:principalorgid', 'aws:principalorgpaths', 'aws:userid']
    );

-- Whether the conditions of a Deny bar all callers but known ones: it must stand alone, as all conditions have to hold.
create or replace macro iam_denies_unknown_callers(conditions) as
    len(conditions) = 1
    and len([1 for condition_ in iam_caller_conditions(conditions) if contains(condition_.operator, 'not')]) = 1;

-- Conditions as text, one after the other.
create or replace macro iam_condition_text(conditions) as
    array_to_string([
        concat(
            case condition_.qualifier when 'all' then 'forallvalues:' when 'any' then 'foranyvalue:' else '' end,
            condition_.operator, case when condition_.if_exists then 'ifexists' else '' end,
            ' ', condition_.key, ' = ', array_to_string(condition_."values", ', ')
        )
        for condition_ in conditions
    ], '; ');

-- Whether a service runs what the customer writes, on instances, in containers or functions, with the role that it is given.
create or replace macro iam_runs_code(service) as
    regexp_full_match(
        service,
        '(ec2|lambda|edgelambda|ecs-tasks|pods\.eks|codebuild|batch|glue|sagemaker|elasticmapreduce|tasks\.apprunner'
        || '|ssm|cloud9|datapipeline|emr-serverless|robomaker|bedrock-agentcore)\.amazonaws\.com(\.cn)?'
    );

-- In how many statements a policy says something, as the end of a sentence.
create or replace macro iam_statement_count_text(statements, unconditional) as
    concat(
        ' in ', statements, case when statements = 1 then ' statement' else ' statements' end,
        case when unconditional > 0 then '.' when statements = 1 then ', under conditions.' else ', each under conditions.' end
    );

-- Whole days from one moment to another; below 0 where the other comes first.
create or replace macro days_between(since, till) as
    cast(floor((extract(epoch from till) - extract(epoch from since)) / 86400) as bigint);

-- A number of days in words.
create or replace macro in_days(days) as concat(days, case when days = 1 then ' day' else ' days' end);
