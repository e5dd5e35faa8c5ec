-- The request context: condition keys whose value follows from the principal and the resource, and policy variables.

-- Returns the seconds since 1970 of a date in a condition, which is ISO 8601 or seconds.
create or replace macro iam_time(text) as coalesce(try_cast(text as double), epoch(try_cast(text as timestamptz)));

-- Returns whether every request has the key. A request through a VPC endpoint has no aws:SourceIp.
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

-- Returns whether resource patterns can match a resource of the action: IAM actions have IAM resources.
create or replace macro iam_resources_may_match(action, patterns) as
    lower(action) not like 'iam:%' or len([
        1 for pattern_ in patterns
        if not starts_with(pattern_, 'arn:') or regexp_matches(split_part(pattern_, ':', 3), '^(iam|.*[*?].*|)$')
        or regexp_matches(split_part(pattern_, ':', 2), '[*]')
    ]) > 0;

-- Returns whether aws:RequestedRegion is the same Region of the partition in all requests to the action's service.
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

-- Returns whether all values of a condition are accounts other than `account`, or all are the organization. If they are, everyone
-- or an account outside stands for callers that do not match. A wildcard may match callers of any account.
create or replace macro iam_names_others(operator, key, condition_values, account, organization) as [
    len(condition_values) > 0 and iam_compares_text(names_.operator, names_.caller_key) and len([
        1 for party_ in [iam_value_party(names_.operator, names_.caller_key, value_) for value_ in condition_values]
        if case names_.caller_key
            when 'organization' then party_ <> coalesce(organization, '') and party_ <> 'own organization'
            else not regexp_full_match(party_, '\d{12}|own account') or party_ = coalesce(account, '')
        end
    ]) = 0
    for names_ in [{'operator': replace(operator, 'not', ''), 'caller_key': iam_caller_key(key, false)}]
][1];

-- Returns whether the facts about a principal determine the value of a key. A role's aws:userid ends with the session name, which
-- a request chooses. Requests are made at the time of the run or later. This time determines the result for earlier dates, but not
-- for later ones.
create or replace macro iam_key_is_known(facts, operator, key, condition_values, resource) as
    case
        when contains(operator, 'ipaddress') then false
        when facts.type = 'Principal' and key in ('aws:principaltype', 'aws:username') then false
        -- everyone includes the principals of all accounts and organizations
        when facts.type = 'Anonymous' and key = 'aws:principaltype' then false
        when key = 'aws:principalorgid' and facts.organization_id is not null then true
        when key = 'aws:principalorgpaths' and facts.organization_path is not null then true
        when key in ('aws:principalorgid', 'aws:principalorgpaths') and (
            facts.type in ('Service', 'Federated')
            -- a user or role of the run whose account is not in the complete list of the organization's accounts. The account is
            -- assumed to be in no organization: only DescribeOrganization in the account itself would confirm this.
            or facts.type in ('User', 'AssumedRole') and not facts.in_organization
        ) then true
        when key in ('aws:principalorgid', 'aws:principalorgpaths') and coalesce(facts.in_organization, true) then false
        -- an account outside the organization that the run did not read may be in any other organization
        when key in ('aws:principalorgid', 'aws:principalorgpaths')
            or facts.type = 'Principal' and key in ('aws:principalarn', 'aws:userid')
            or facts.type = 'Anonymous'
            and key in ('aws:principalarn', 'aws:principalaccount', 'kms:calleraccount', 'aws:userid')
            then iam_names_others(
                operator, key, condition_values, case when facts.type = 'Principal' then facts.account_id end, facts.own_organization
            )
        -- AWS does not say what this deprecated key holds in a request of a principal of the owner
        when key = 'aws:sourceowner'
            then facts.type <> 'Service' and not coalesce(list_contains(condition_values, facts.account_id), false)
        when key in ('aws:currenttime', 'aws:epochtime')
            then len([1 for value_ in condition_values if coalesce(iam_time(value_) >= facts.moment, true)]) = 0
        when key in (
            'aws:principalarn', 'aws:principalaccount', 'aws:principaltype', 'aws:username',
            'aws:principalisawsservice', 'aws:principalservicename', 'kms:calleraccount'
        ) then true
        when key = 'aws:principalservicenameslist' then facts.type <> 'Service'
        when starts_with(key, 'aws:principaltag/') then facts.tags is not null
        when key = 'aws:userid' then facts.type <> 'AssumedRole' or facts.session_name is not null or len([
            1 for value_ in condition_values
            if starts_with(value_, facts.id || ':') and value_ <> facts.id || ':*'
        ]) = 0
        when key = 'aws:requestedregion' then iam_resource_region(resource) is not null
        when key = 'aws:resourceaccount' then iam_resource_account(resource) is not null
        else false
    end;

-- Returns the value of a key that the facts determine, or NULL for a request without the key.
create or replace macro iam_key_value(facts, key, resource) as
    case
        when starts_with(key, 'aws:principaltag/')
            then [
                json_extract_string(facts.tags, key_pointer(tag_)) for tag_ in json_keys(facts.tags)
                if 'aws:principaltag/' || lower(tag_) = key
            ][1]
        else case key
            when 'aws:currenttime' then cast(facts.moment as varchar)
            when 'aws:epochtime' then cast(facts.moment as varchar)
            when 'aws:principalarn' then coalesce(
                facts.arn, case when facts.type = 'Principal' then concat('arn:aws:iam::', facts.account_id, ':any~principal') end
            )
            when 'aws:principalaccount' then facts.account_id
            when 'aws:principalorgid' then facts.organization_id
            when 'aws:principalorgpaths' then facts.organization_path
            when 'kms:calleraccount' then facts.account_id
            when 'aws:sourceowner' then facts.account_id
            when 'aws:principaltype' then case when facts.type in ('User', 'AssumedRole', 'Account') then facts.type end
            when 'aws:principalisawsservice'
                then case facts.type when 'Service' then 'true' when 'Anonymous' then null else 'false' end
            when 'aws:principalservicename' then case when facts.type = 'Service' then facts.name end
            when 'aws:username' then case when facts.type = 'User' then facts.name end
            when 'aws:userid' then case
                when facts.type = 'AssumedRole' then concat(facts.id, ':', coalesce(facts.session_name, 'any~session'))
                when facts.type = 'Principal' then 'ANY~ID'
                else facts.id
            end
            when 'aws:requestedregion' then iam_resource_region(resource)
            when 'aws:resourceaccount' then iam_resource_account(resource)
        end
    end;

-- Returns whether conditions depend on the `principal`, or only on its `account`.
create or replace macro iam_conditions_use(conditions, subject) as
    len([
        1 for condition_ in conditions
        if case
            when condition_.key in ('aws:principalaccount', 'aws:principalorgid', 'aws:principalorgpaths', 'kms:calleraccount')
                then subject = 'account'
            else subject = 'principal' and (
                starts_with(condition_.key, 'aws:principaltag/')
                or condition_.key in ('aws:principalarn', 'aws:principaltype', 'aws:username', 'aws:userid')
            )
        end
    ]) > 0;

-- Returns whether a key is a tag of the resource: aws:ResourceTag/key, and iam:ResourceTag/key for users and roles.
create or replace macro iam_is_resource_tag(key) as starts_with(key, 'aws:resourcetag/') or starts_with(key, 'iam:resourcetag/');

-- Returns the tags of a user or role, a map of keys to values, as the condition keys of a request about it.
create or replace macro iam_resource_tag_context(tags) as
    flatten([
        [
            {'key': concat(prefix_, ':resourcetag/', lower(tag_)), 'values': [json_extract_string(tags, key_pointer(tag_))]}
            for prefix_ in ['aws', 'iam']
        ] for tag_ in coalesce(json_keys(tags), [])
    ]);

-- Returns whether resource control policies can deny an action.
create or replace macro iam_supports_rcps(action) as
    lower(split_part(action, ':', 1)) in (select s.service from iam_rcp_services() as s)
    and lower(action) not in (select unnest(s.exempt_actions) from iam_rcp_services() as s);
