-- What of a request the data settles: keys of conditions whose value is known once the principal and the resource are.

-- A date of a condition: ISO 8601 or seconds since 1970.
create or replace macro iam_time(text) as coalesce(try_cast(text as double), epoch(try_cast(text as timestamptz)));

-- The keys that every request has. aws:SourceIp is not one of them: a request through a VPC endpoint has none.
create or replace macro iam_key_is_always_present(key, kind) as
    key in (
        'aws:currenttime', 'aws:epochtime', 'aws:securetransport', 'aws:requestedregion',
        'sts:rolesessionname', 'iam:policyarn', 'aws:userid', 'resource'
    ) or key like 'resource %' or (key = 'aws:tokenissuetime' and kind = 'AssumedRole');

create or replace macro iam_resource_region(resource) as
    case when starts_with(resource, 'arn:') and not contains(split_part(resource, ':', 4), '*')
        then nullif(split_part(resource, ':', 4), '') end;

create or replace macro iam_resource_account(resource) as
    case when regexp_full_match(split_part(resource, ':', 5), '\d{12}') then split_part(resource, ':', 5) end;

-- Whether patterns of resources may name what an action is done to: IAM's actions are done to IAM's resources.
create or replace macro iam_resources_may_match(action, patterns) as
    lower(action) not like 'iam:%' or len([
        1 for pattern_ in patterns
        if not starts_with(pattern_, 'arn:') or regexp_matches(split_part(pattern_, ':', 3), '^(iam|.*[*?].*|)$')
        or regexp_matches(split_part(pattern_, ':', 2), '[*]')
    ]) > 0;

-- The services whose requests all go to one Region of a partition, as aws:RequestedRegion has it.
create or replace macro iam_is_global_service(action) as
    lower(split_part(action, ':', 1)) in (
        'iam', 'organizations', 'cloudfront', 'route53', 'shield', 'waf', 'support', 'budgets', 'ce'
    );

create or replace macro iam_global_region(arn) as
    case split_part(arn, ':', 2)
        when 'aws-cn' then 'cn-north-1'
        when 'aws-us-gov' then 'us-gov-west-1'
        else 'us-east-1'
    end;

-- Whether a principal's facts settle a key. A role's user id ends with the name of its session, which is free. Requests are
-- made at the time of the run or later, so that a moment before it settles aws:CurrentTime and a later one does not.
create or replace macro iam_key_is_known(p, operator, key, wanted, resource) as
    case
        when contains(operator, 'ipaddress') then false
        when key in ('aws:currenttime', 'aws:epochtime')
            then len([1 for wanted_ in wanted if coalesce(iam_time(wanted_) >= p.moment, true)]) = 0
        when key in (
            'aws:principalarn', 'aws:principalaccount', 'aws:principaltype', 'aws:username',
            'aws:principalisawsservice', 'aws:principalservicename', 'aws:principalservicenameslist'
        ) then true
        when key = 'aws:principalorgid' then p.organization_id is not null
        when key = 'aws:principalorgpaths' then p.organization_path is not null
        when starts_with(key, 'aws:principaltag/') then p.tags is not null
        when key = 'aws:userid' then p.type = 'User' or len([
            1 for wanted_ in wanted
            if starts_with(wanted_, p.id || ':') and wanted_ <> p.id || ':*'
        ]) = 0
        when key = 'aws:requestedregion' then iam_resource_region(resource) is not null
        when key = 'aws:resourceaccount' then iam_resource_account(resource) is not null
        else false
    end;

-- The value of a settled key, NULL where the request has no such key.
create or replace macro iam_key_value(p, key, resource) as
    case
        when starts_with(key, 'aws:principaltag/')
            then [
                json_extract_string(p.tags, key_pointer(tag_)) for tag_ in json_keys(p.tags)
                if 'aws:principaltag/' || lower(tag_) = key
            ][1]
        else case key
            when 'aws:currenttime' then cast(p.moment as varchar)
            when 'aws:epochtime' then cast(p.moment as varchar)
            when 'aws:principalarn' then p.arn
            when 'aws:principalaccount' then p.account_id
            when 'aws:principalorgid' then p.organization_id
            when 'aws:principalorgpaths' then p.organization_path
            when 'aws:principaltype' then p.type
            when 'aws:principalisawsservice' then 'false'
            when 'aws:username' then case when p.type = 'User' then p.name end
            when 'aws:userid' then case when p.type = 'User' then p.id else p.id || ':any~session' end
            when 'aws:requestedregion' then iam_resource_region(resource)
            when 'aws:resourceaccount' then iam_resource_account(resource)
        end
    end;

-- Whether conditions ask about the one who asks: about the `principal`, or only its `account`.
create or replace macro iam_conditions_use(conditions, what) as
    len([
        1 for condition_ in conditions
        if case
            when condition_.key in ('aws:principalaccount', 'aws:principalorgid', 'aws:principalorgpaths')
                then what = 'account'
            else what = 'principal' and (
                starts_with(condition_.key, 'aws:principaltag/')
                or condition_.key in ('aws:principalarn', 'aws:principaltype', 'aws:username', 'aws:userid')
            )
        end
    ]) > 0;

-- The variables of a policy, ${name} or ${name, 'default'}, as they are written between the braces.
create or replace macro iam_variables(text) as list_distinct(regexp_extract_all(text, '\$\{([^}]*)\}', 1));

create or replace macro iam_variable_key(variable) as lower(trim(split_part(variable, ',', 1)));

create or replace macro iam_variable_default(variable) as
    case when contains(variable, ',') then
        trim(trim(array_to_string(string_split(variable, ',')[2:], ',')), '''')
    end;

-- What stands for a variable: its value, none where it is missing and has no default; `free` where requests decide.
create or replace macro iam_variable_value(p, variable, resource) as
    case
        when variable in ('*', '?', '$') then {'value': variable, 'free': false}
        when iam_key_is_known(p, '', iam_variable_key(variable), [], resource) then {
            'value': coalesce(iam_key_value(p, iam_variable_key(variable), resource), iam_variable_default(variable)),
            'free': false
        }
        else {'value': cast(null as varchar), 'free': true}
    end;

-- The pieces of a pattern with the fillings between them.
create or replace macro iam_join_pattern(pieces, between, as_like) as
    case when len([1 for one_ in between if one_.value is null and not one_.free]) = 0 then
        array_to_string([
            case when as_like then iam_like(pieces[place_]) else pieces[place_] end || case
                when place_ > len(between) then ''
                when between[place_].free then case when as_like then '%' else '${}' end
                when as_like then iam_literal(between[place_].value)
                else between[place_].value
            end for place_ in range(1, len(pieces) + 1)
        ], '')
    end;

-- A pattern whose variables are filled in: `names` have the `fillings` of the same places. NULL where a variable has no
-- value, so that nothing matches. As a pattern of LIKE where it is wanted so; a free variable is then as good as *.
create or replace macro iam_resolve_variables(pattern, names, fillings, as_like) as [
    iam_join_pattern(parts_.pieces, parts_.between, as_like) for parts_ in [{
        'pieces': string_split_regex(pattern, '\$\{[^}]*\}'),
        'between': [
            fillings[list_position(names, variable_)]
            for variable_ in regexp_extract_all(pattern, '\$\{([^}]*)\}', 1)
        ]
    }]
][1];

-- The services whose resources resource control policies guard, as of 2026.
create or replace macro iam_supports_rcps(action) as
    lower(split_part(action, ':', 1)) in (
        's3', 'sts', 'kms', 'sqs', 'secretsmanager', 'cognito-identity', 'cognito-idp', 'logs', 'dynamodb', 'ecr', 'aoss'
    );
