-- The status and the reason of a control's row, as one struct: `unnest(case when … then alarm('…') else ok('…') end)` returns both
-- columns, so a control writes each condition once.
-- DuckDB copies the CASE for each column and cannot copy a subquery. as_of() is a subquery, so a control that uses it has `cross
-- join (select as_of() as as_of) as o`.
create or replace macro ok(text) as {'status': 'ok', 'reason': text};
create or replace macro alarm(text) as {'status': 'alarm', 'reason': text};
create or replace macro info(text) as {'status': 'info', 'reason': text};
create or replace macro skip(text) as {'status': 'skip', 'reason': text};

-- Returns the status error. `text` names the data that is missing.
create or replace macro unknown(text) as {'status': 'error', 'reason': concat('Unknown: ', text)};

-- Returns an alarm if the condition holds, otherwise ok, with the same reason.
create or replace macro alarm_if(condition, text) as
    {'status': case when condition then 'alarm' else 'ok' end, 'reason': text};

-- Returns a number and its noun: 1 user, 2 users.
create or replace macro pluralize(number, singular, plural) as
    concat(number, ' ', case when number = 1 then singular else plural end);

-- Returns the result for a Boolean setting of the password policy, such as `verb` 'require' and `object` 'a number'. `account_id`
-- is NULL if the account has no custom password policy.
create or replace macro password_rule(account_id, setting, verb, object) as
    case
        when account_id is null then alarm('The account has no custom password policy.')
        when setting is null then unknown(concat('whether the password policy ', verb, 's ', object, ' could not be read.'))
        when setting then ok(concat('The password policy ', verb, 's ', object, '.'))
        else alarm(concat('The password policy does not ', verb, ' ', object, '.'))
    end;

-- Returns the result for the age of a credential. `noun` describes the credential.
create or replace macro credential_age(credential_status, age_days, days, noun) as
    case
        when credential_status <> 'Active' then skip(concat('The ', noun, ' is not active.'))
        when age_days is null then unknown(concat('the creation date of the ', noun, ' could not be read.'))
        else alarm_if(
            age_days >= days,
            concat('The ', noun, ' is ', in_days(age_days), ' old; it must be less than ', in_days(days), ' old.')
        )
    end;

-- Returns the result for the time without use of an access key, from the columns of iam_access_keys(). `noun` describes the key.
create or replace macro key_use(is_used, is_known, unused_days, days, noun) as
    case
        when unused_days >= days and not is_known then unknown(concat('the last use of the ', noun, ' could not be read.'))
        when unused_days is null then unknown('the creation date of the access key could not be read.')
        else alarm_if(unused_days >= days, concat(
            'The ', noun,
            case
                when is_used then concat(' was last used ', in_days(unused_days), ' ago')
                else concat(' is ', in_days(unused_days), ' old and has no recorded use')
            end,
            '; it counts as unused after ', in_days(days), '.'
        ))
    end;

-- Returns the result of a control that checks that a user, group or role has no inline policies.
create or replace macro no_inline_policies(policies, noun) as
    case
        when json_length(policies) = 0 then ok(concat('The ', noun, ' has no inline policies.'))
        else alarm(concat('The ', noun, ' has ', pluralize(json_length(policies), 'inline policy', 'inline policies'), '.'))
    end;

-- Returns the result of a control that checks that a user or role with a tag has a permissions boundary.
create or replace macro boundary_result(tags_src, tags, boundary_arn, tag, noun) as
    case
        when tags_src is null then unknown(concat('the tags of the ', noun, ' were not read.'))
        when not list_contains(coalesce(json_keys(tags), []), tag)
            then skip(concat('The ', noun, ' does not have the tag ', tag, '.'))
        when boundary_arn is not null then ok(concat('The permissions boundary is ', boundary_arn, '.'))
        else alarm(concat('The ', noun, ' has the tag ', tag, ' and no permissions boundary.'))
    end;

-- Returns the keys of the customer's tags, without the tags that AWS sets.
create or replace macro own_tag_keys(tags) as [key_ for key_ in coalesce(json_keys(tags), []) if key_ not like 'aws:%'];

-- Returns the keys of a comma-separated list that the customer's tags do not have.
create or replace macro missing_tag_keys(tags, wanted_keys) as
    [
        wanted_ for wanted_ in comma_list(wanted_keys)
        if wanted_ like 'aws:%' or not coalesce(list_contains(json_keys(tags), wanted_), false)
    ];

-- Returns the result of a control of tags. `names` and `missing` are the lists that the two macros above return.
create or replace macro tag_result(names, missing, noun) as
    case
        when len(names) = 0 then alarm(concat('The ', noun, ' has no tags.'))
        when len(missing) > 0
            then alarm(concat('The ', noun, ' is missing the tag keys ', array_to_string(missing, ', '), '.'))
        else ok(concat('The ', noun, ' has the tag keys ', array_to_string(names, ', '), '.'))
    end;

-- Returns the result for the four settings of S3 Block Public Access. `noun` names the owner of the settings, such as the bucket,
-- access point or account. A setting is NULL if it was not read.
create or replace macro public_access_block_result(noun, blocks_acls, ignores_acls, blocks_policies, restricts_buckets) as
    case
        when not (blocks_acls and ignores_acls and blocks_policies and restricts_buckets) then alarm(concat(
            'Block Public Access of the ', noun, ' is off for ',
            concat_ws(
                ', ', case when not blocks_acls then 'BlockPublicAcls' end, case when not ignores_acls then 'IgnorePublicAcls' end,
                case when not blocks_policies then 'BlockPublicPolicy' end,
                case when not restricts_buckets then 'RestrictPublicBuckets' end
            ), '.'
        ))
        when blocks_acls and ignores_acls and blocks_policies and restricts_buckets
            then ok(concat('Block Public Access of the ', noun, ' is on.'))
        else unknown(concat('Block Public Access of the ', noun, ' was not read.'))
    end;
