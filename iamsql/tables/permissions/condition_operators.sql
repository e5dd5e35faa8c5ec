-- The condition operators of policies, as the IAM User Guide describes them.

-- Returns the eight groups of an IPv6 address, with `::` expanded.
create or replace macro iam_ipv6_groups(address) as
    case when contains(address, '::') then [
        string_split(ends_[1], ':')
        || ['0' for zero_group_ in range(8 - len(string_split(ends_[1], ':')) - len(string_split(ends_[2], ':')))]
        || string_split(ends_[2], ':')
        for ends_ in [[coalesce(nullif(side_, ''), '0') for side_ in string_split(address, '::')]]
    ][1]
    else string_split(address, ':') end;

-- Returns the prefix length of a CIDR range.
create or replace macro iam_prefix_length(range_) as
    coalesce(
        try_cast(nullif(split_part(range_, '/', 2), '') as integer), case when contains(range_, ':') then 128 else 32 end
    );

-- Returns the bits of an IP address, or of the prefix of a CIDR range, as a string that begins with the IP version, 4 or 6. A
-- range contains the addresses that start with its bits. The result is NULL for other strings.
create or replace macro iam_bits(range_) as [
    case when length(bits_) = case when contains(range_, ':') then 129 else 33 end
        then left(bits_, 1 + iam_prefix_length(range_)) end
    for bits_ in [case
        when contains(range_, ':') then concat('6', list_aggr([
            lpad(bin(try_cast('0x' || group_ as usmallint)), 16, '0')
            for group_ in iam_ipv6_groups(lower(split_part(range_, '/', 1)))
        ], 'string_agg', ''))
        else concat('4', list_aggr([
            lpad(bin(try_cast(group_ as utinyint)), 8, '0') for group_ in string_split(split_part(range_, '/', 1), '.')
        ], 'string_agg', ''))
    end]
][1];

-- Returns whether an ARN matches a pattern, part by part. A wildcard matches within its part. The last part may have colons.
create or replace macro iam_arn_like(arn, pattern) as
    pattern = '*' or regexp_full_match(
        arn,
        list_aggr([
            replace(replace(regexp_replace(part_, '([\\.+^$|(){}\[\]])', '\\\1', 'g'), '*', '[^:]*'), '?', '[^:]')
            for part_ in string_split(pattern, ':')[:5]
        ], 'string_agg', ':') || coalesce(':' || replace(replace(
            regexp_replace(
                nullif(list_aggr(string_split(pattern, ':')[6:], 'string_agg', ':'), ''), '([\\.+^$|(){}\[\]])', '\\\1', 'g'
            ), '*', '.*'
        ), '?', '.'), ''),
        's'
    );

-- Returns whether a numeric or date operator holds. `difference` is the request's value minus the condition's value.
create or replace macro iam_compare(operator, difference) as [
    case
        when contains(operator, 'than') and difference_ <> 0 then contains(operator, 'less') = (difference_ < 0)
        when contains(operator, 'than') then contains(operator, 'equals')
        else difference_ = 0
    end for difference_ in [difference]
][1];

-- Returns whether a value of the request matches a value of the condition, without negation. The macro is not for addresses:
-- iam_match_any compares their bits.
create or replace macro iam_match(operator, condition_value, request_value) as
    case
        when starts_with(operator, 'arn') then iam_arn_like(request_value, condition_value)
        when contains(operator, 'like') then request_value like iam_like(condition_value) escape '\'
        when contains(operator, 'ignorecase') or operator = 'bool' then lower(request_value) = lower(condition_value)
        when starts_with(operator, 'numeric') or starts_with(operator, 'date')
            then iam_compare(operator, iam_time(request_value) - iam_time(condition_value))
        else request_value = condition_value
    end;

create or replace macro iam_negated(operator) as contains(operator, 'not');

-- Returns whether a value of the request satisfies the condition with these values. An address is given as its bits.
create or replace macro iam_match_any(operator, condition_values, request_value) as
    (len([
        1 for condition_value_ in condition_values
        if case
            when contains(operator, 'ipaddress') then starts_with(request_value, iam_bits(condition_value_))
            else iam_match(operator, condition_value_, request_value)
        end
    ]) > 0) <> iam_negated(operator);

-- Returns whether a condition holds for a request without the key.
create or replace macro iam_holds_without(operator, qualifier, if_exists, condition_values) as
    case
        when operator = 'null' then list_contains([lower(condition_value_) for condition_value_ in condition_values], 'true')
        when qualifier = 'all' then true
        when qualifier = 'any' then if_exists
        else if_exists or iam_negated(operator)
    end;

-- Returns whether a condition holds for a request with `values` values of the key. `matching` of them satisfy the condition.
-- Without a qualifier, one value suffices. For a negated operator without a qualifier, all values have to satisfy it.
create or replace macro iam_holds_with(operator, qualifier, condition_values, matching, "values") as
    case
        when operator = 'null' then list_contains([lower(condition_value_) for condition_value_ in condition_values], 'false')
        when qualifier = 'all' or (qualifier is null and iam_negated(operator)) then matching = "values"
        else matching > 0
    end;

-- Returns whether a condition holds for a key with one value in the request, or with NULL for a request without the key. The macro
-- is not for addresses.
create or replace macro iam_holds(operator, qualifier, if_exists, condition_values, request_value) as
    case when request_value is null then iam_holds_without(operator, qualifier, if_exists, condition_values)
    else iam_holds_with(
        operator, qualifier, condition_values,
        cast((len([
            1 for condition_value_ in condition_values if iam_match(operator, condition_value_, request_value)
        ]) > 0) <> iam_negated(operator) as integer), 1
    ) end;

-- Returns sample addresses for a range, as bits: its first address, the one after its last, the one before its first, and one of
-- the other IP version.
create or replace macro iam_sample_addresses(bits) as [
    [
        rpad(bits_, 129, '0'), rpad(regexp_replace(bits_, '01*$', '1'), 129, '0'), rpad(regexp_replace(bits_, '10*$', '0'), 129, '1'),
        rpad(case when starts_with(bits_, '4') then '6' else '4' end, 129, '0')
    ]
    for bits_ in [bits]
][1];

-- Returns sample values of a key that satisfy or violate a condition with this value, according to the operator: for a number, a
-- date or an address the value, and values on either side of it.
create or replace macro iam_sample_values(operator, condition_value) as
    case
        when operator = 'null' then cast([] as varchar[])
        when operator = 'bool' then ['true', 'false']
        when starts_with(operator, 'numeric') or starts_with(operator, 'date') then [
            cast(coalesce(iam_time(condition_value), 0) + step_ as varchar) for step_ in [-1, 0, 1]
        ]
        when contains(operator, 'ipaddress') then iam_sample_addresses(iam_bits(condition_value))
        when contains(operator, 'like') or starts_with(operator, 'arn') then [
            replace(replace(condition_value, '*', text_), '?', 'x') for text_ in ['', 'any~']
        ]
        when contains(operator, 'ignorecase') then [condition_value, upper(condition_value), lower(condition_value)]
        else [condition_value]
    end;

-- Returns whether a key can have a value that no condition mentions, in addition to the sample values.
create or replace macro iam_has_other_values(operator) as
    operator <> 'bool' and not contains(operator, 'ipaddress') and not starts_with(operator, 'numeric')
    and not starts_with(operator, 'date');

create or replace macro iam_or_lists(a, b) as [a[position_] or b[position_] for position_ in range(1, len(a) + 1)];

create or replace macro iam_and_lists(a, b) as [a[position_] and b[position_] for position_ in range(1, len(a) + 1)];
