-- The status and the reason of a control's row, as one struct: `unnest(case when … then alarm('…') else ok('…') end)` gives
-- both columns, so that a control writes each of its conditions once.
-- DuckDB copies the CASE for each column and cannot copy a subquery: a control that compares with as_of(), which is one,
-- has `cross join (select as_of() as as_of) as o`.
create or replace macro ok(text) as {'status': 'ok', 'reason': text};
create or replace macro alarm(text) as {'status': 'alarm', 'reason': text};
create or replace macro info(text) as {'status': 'info', 'reason': text};
create or replace macro skip(text) as {'status': 'skip', 'reason': text};

-- The status error: `text` names the data that are missing.
create or replace macro unknown(text) as {'status': 'error', 'reason': concat('Unknown: ', text)};

-- An alarm where the condition holds, else ok; the reason is the same.
create or replace macro alarm_if(condition, text) as
    {'status': case when condition then 'alarm' else 'ok' end, 'reason': text};

-- The result of a yes-or-no setting of the password policy; `account_id` is null where the account has no policy of its own.
create or replace macro password_rule(account_id, setting, rule) as
    case
        when account_id is null then alarm('The account has no password policy of its own.')
        when setting is null then unknown(concat('the password policy does not say whether ', rule, '.'))
        when setting then ok(concat('The password policy says that ', rule, '.'))
        else alarm(concat('The password policy does not say that ', rule, '.'))
    end;

-- The result of a limit on the age of a credential; `noun` is what it is.
create or replace macro credential_age(credential_status, age_days, days, noun) as
    case
        when credential_status <> 'Active' then skip(concat('The ', noun, ' is not active.'))
        when age_days is null then unknown(concat('the day the ', noun, ' was made could not be read.'))
        else alarm_if(
            age_days >= days, concat('The ', noun, ' is ', in_days(age_days), ' old; the limit is ', days, '.')
        )
    end;

-- The result of a limit on the days without use of an access key, with the columns of iam_access_keys(); `noun` names the key.
create or replace macro key_use(is_used, is_known, idle_days, days, noun) as
    case
        when idle_days >= days and not is_known then unknown(concat('the last use of the ', noun, ' could not be read.'))
        when idle_days is null then unknown('the day the key was made could not be read.')
        when is_used then alarm_if(
            idle_days >= days, concat('The ', noun, ' was last used ', in_days(idle_days), ' ago; the limit is ', days, '.')
        )
        else alarm_if(
            idle_days >= days, concat('The ', noun, ' is ', in_days(idle_days), ' old with no use known; the limit is ', days, '.')
        )
    end;

-- The result of a control that a user, group or role has no inline policies.
create or replace macro no_inline_policies(policies, noun) as
    case coalesce(json_array_length(policies), 0)
        when 0 then ok(concat('The ', noun, ' has no inline policy.'))
        when 1 then alarm(concat('The ', noun, ' has 1 inline policy.'))
        else alarm(concat('The ', noun, ' has ', json_array_length(policies), ' inline policies.'))
    end;

-- The keys of tags, without AWS's own, and of the keys in a text, parted by commas, those that are not among them.
create or replace macro own_tag_keys(tags) as [key_ for key_ in coalesce(json_keys(tags), []) if key_ not like 'aws:%'];

create or replace macro missing_tag_keys(tags, wanted) as array_to_string(
    list_sort(list_distinct([
        trim(word_) for word_ in string_split(wanted, ',')
        if trim(word_) <> '' and not coalesce(list_contains(json_keys(tags), trim(word_)) and trim(word_) not like 'aws:%', false)
    ])),
    ', '
);

-- The result of a control of tags; `names` and `missing` are what the two macros above give.
create or replace macro tag_result(names, missing, noun) as
    case
        when len(names) = 0 then alarm(concat('The ', noun, ' has no tags.'))
        when missing <> '' then alarm(concat('The ', noun, ' lacks ', missing, '.'))
        else ok(concat('The ', noun, ' is tagged: ', array_to_string(names, ', '), '.'))
    end;

-- An aggregate: the value in the row of a group that is marked by 1, the first of a burst of events.
create or replace macro of_first(value, mark) as max(case when mark = 1 then value end);
