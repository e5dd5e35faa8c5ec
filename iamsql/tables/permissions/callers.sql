-- The callers that the conditions of a statement admit, as parties. iam_caller_sides returns their side.
--
-- A party is one of these:
--   the ID of an account or organization
--   `own account` or `own organization`: the account or organization of the resource
--   `id ` with the unique ID of a user or role
--   *: a value that fits callers of more than one account or organization

-- Returns what the value of a condition key says about a caller: account, arn, organization or unique id. `of_source`: the
-- principal is everyone or a service, so the resource that a service makes the request for also counts.
-- about: The condition keys that identify the account or organization of a caller, or of the resource that a service acts for.
-- source: IAM User Guide, "AWS global condition context keys"; the pages of condition keys of AWS KMS and Amazon S3
-- date: 2026-12-01
-- rebuild: read the properties of the principal and of the network in the page
create or replace macro iam_caller_key(key, of_source) as
    case
        when key in ('aws:principalaccount', 'kms:calleraccount') then 'account'
        when key = 'aws:principalarn' then 'arn'
        when key in ('aws:principalorgid', 'aws:principalorgpaths') then 'organization'
        when key = 'aws:userid' then 'unique id'
        when not of_source then null
        when key in ('aws:sourceaccount', 'aws:sourceowner', 's3:dataaccesspointaccount') then 'account'
        when key in ('aws:sourcearn', 's3:dataaccesspointarn') then 'arn'
        when key in ('aws:sourceorgid', 'aws:sourceorgpaths') then 'organization'
    end;

-- Returns the party that a value names. An ARN operator compares the parts of ARNs one by one. In other patterns, a wildcard
-- before the account also matches colons. Only two policy variables are known: the account and the organization of the resource.
create or replace macro iam_value_party(operator, caller_key, value) as
    case caller_key
        when 'account' then case
            when regexp_full_match(value, '\d{12}') then value
            when lower(value) = '${aws:resourceaccount}' then 'own account'
            else '*'
        end
        when 'arn' then coalesce(case
            when regexp_matches(lower(value), '^arn:[^:$]*:[^:$]*:[^:$]*:(\d{12}|\$\{aws:resourceaccount\}):')
                and (starts_with(operator, 'arn') or not regexp_matches(split_part(value, ':', 2) || split_part(value, ':', 3) || split_part(value, ':', 4), '[*?]'))
                then case
                    when regexp_full_match(split_part(value, ':', 5), '\d{12}') then split_part(value, ':', 5) else 'own account'
                end
        end, '*')
        when 'organization' then case
            when regexp_full_match(split_part(value, '/', 1), 'o-[a-z0-9]+') then split_part(value, '/', 1)
            when lower(split_part(value, '/', 1)) = '${aws:resourceorgid}' then 'own organization'
            else '*'
        end
        else case
            when regexp_full_match(split_part(value, ':', 1), '\d{12}') then split_part(value, ':', 1)
            when regexp_full_match(split_part(value, ':', 1), 'A[A-Z0-9]{7,}') then 'id ' || split_part(value, ':', 1)
            else '*'
        end
    end;

-- Returns whether an operator without `not` compares a key with strings or ARNs. An account ID is also a number.
create or replace macro iam_compares_text(operator, caller_key) as
    operator in ('stringequals', 'stringequalsignorecase', 'stringlike', 'arnequals', 'arnlike')
    or operator = 'numericequals' and caller_key = 'account';

-- Returns whether conditions require that a request has the key.
create or replace macro iam_requires_key(conditions, required_key) as
    len([
        1 for required_ in conditions
        if required_.key = required_key and case
            when required_.operator = 'null' then
                lower(array_to_string(required_."values", ' ')) = 'false' and not required_.if_exists and required_.qualifier is null
            else not required_.if_exists and coalesce(required_.qualifier, '') <> 'all' and not iam_negated(required_.operator)
        end
    ]) > 0;

-- Returns the parties to which a condition restricts callers; NULL for a condition that does not restrict callers to parties. A
-- condition does not if it holds without the key, or for all values but some.
create or replace macro iam_condition_parties(condition, conditions, of_source) as
    case
        when (condition.if_exists or coalesce(condition.qualifier, '') = 'all') and not iam_requires_key(conditions, condition.key)
            or len(condition."values") = 0
            then null
        when iam_compares_text(condition.operator, '') and condition.key = 'aws:resourceaccount'
            and lower(array_to_string(condition."values", ' ')) = '${aws:principalaccount}' then ['own account']
        when iam_compares_text(condition.operator, '') and condition.key = 'aws:resourceorgid'
            and lower(array_to_string(condition."values", ' ')) = '${aws:principalorgid}' then ['own organization']
        when iam_compares_text(condition.operator, iam_caller_key(condition.key, of_source)) and iam_caller_key(condition.key, of_source) is not null
            then list_distinct([
                iam_value_party(condition.operator, iam_caller_key(condition.key, of_source), value_) for value_ in condition."values"
            ])
    end;

-- Returns the lists of parties to which the conditions of an Allow restrict callers. A caller is in all of these lists.
create or replace macro iam_restrictions(conditions, of_source) as
    [
        parties_ for parties_ in [iam_condition_parties(condition_, conditions, of_source) for condition_ in conditions]
        if parties_ is not null
    ];

-- Returns the parties that a Deny with these conditions does not deny: each condition can exclude callers. A Deny without
-- conditions denies all. ForAnyValue does not match a request without the key. `caller` is one of these:
--   principal
--   unsigned: everyone, if unsigned requests are possible
--   service
--   provider: an identity provider
-- For principals, requests of AWS services do not count. A condition on aws:PrincipalIsAWSService does not match them, nor
-- unsigned requests, which do not have the key.
create or replace macro iam_escaping_parties(conditions, of_source, caller) as
    list_distinct(flatten([
        case
            when condition_.key = 'aws:principalisawsservice' and condition_.operator = 'bool'
                and lower(array_to_string(condition_."values", ' ')) = 'false'
                then case
                    when caller = 'principal' or caller = 'unsigned' and condition_.if_exists then [] else ['*']
                end
            when iam_caller_key(condition_.key, of_source) is not null and iam_negated(condition_.operator)
                and iam_compares_text(replace(condition_.operator, 'not', ''), iam_caller_key(condition_.key, of_source))
                and coalesce(condition_.qualifier, '') <> 'any' and len(condition_."values") > 0
                then [
                    iam_value_party(replace(condition_.operator, 'not', ''), iam_caller_key(condition_.key, of_source), value_)
                    for value_ in condition_."values"
                ]
            else ['*']
        end
        for condition_ in conditions
    ]));

-- Returns the party of a principal that a policy lists: an account, * for everyone, services and identity providers, otherwise the
-- value.
create or replace macro iam_principal_party(kind, value) as
    case when kind in ('Service', 'Federated') or iam_is_anyone(kind, value) then '*' else coalesce(iam_account_of(kind, value), value) end;

-- Returns the kind of request that a principal makes, for iam_escaping_parties.
create or replace macro iam_request_kind(kind, value, allows_unsigned) as
    case
        when kind = 'Service' then 'service' when kind = 'Federated' then 'provider'
        when allows_unsigned and (kind = 'NotPrincipal' or iam_is_anyone(kind, value)) then 'unsigned'
        else 'principal'
    end;

-- Returns whether all parties of a string such as '111122223333, o-acme123456' are in a list of IDs.
create or replace macro iam_are_listed(parties, ids) as
    len([1 for party_ in string_split(parties, ', ') if not list_contains(ids, party_)]) = 0;

-- Returns the keys of the conditions that restrict callers to parties.
create or replace macro iam_caller_keys(conditions, of_source) as
    list_sort(list_distinct([
        condition_.key for condition_ in conditions
        if not list_contains(coalesce(iam_condition_parties(condition_, conditions, of_source), ['*']), '*')
    ]), 'ASC');

-- Returns the calls that let a principal of a trust policy assume the role, if the statement allows them. Everyone can be a
-- principal of AWS or a user of an identity provider.
create or replace macro iam_assume_actions(kind, value, action_likes, is_action) as
    case
        when kind = 'Federated' and contains(value, ':saml-provider/') then ['sts:assumerolewithsaml']
        when kind = 'Federated' then ['sts:assumerolewithwebidentity']
        when kind = 'NotPrincipal' or iam_is_anyone(kind, value) then [
            action_ for action_ in ['sts:assumerole', 'sts:assumerolewithsaml', 'sts:assumerolewithwebidentity']
            if iam_matches_action(action_likes, is_action, action_)
        ]
        else ['sts:assumerole']
    end;
