-- Whether a condition of a policy holds, operator by operator, as IAM's documentation of condition operators has it.

-- The eight groups of an IPv6 address, `::` written out.
create or replace macro iam_ipv6_groups(address) as
    case when contains(address, '::') then [
        string_split(edges_[1], ':')
        || ['0' for blank_ in range(8 - len(string_split(edges_[1], ':')) - len(string_split(edges_[2], ':')))]
        || string_split(edges_[2], ':')
        for edges_ in [[coalesce(nullif(side_, ''), '0') for side_ in string_split(address, '::')]]
    ][1]
    else string_split(address, ':') end;

-- The prefix length of a CIDR range.
create or replace macro iam_prefix_length(range_) as
    coalesce(
        try_cast(nullif(split_part(range_, '/', 2), '') as integer), case when contains(range_, ':') then 128 else 32 end
    );

-- The bits of an IP address or of the prefix of a CIDR range as text, after the version, 4 or 6: a range contains the addresses
-- that start with its bits. NULL where the text is neither.
create or replace macro iam_bits(range_) as [
    case when length(bits_) = case when contains(range_, ':') then 129 else 33 end
        then left(bits_, 1 + iam_prefix_length(range_)) end
    for bits_ in [case
        when contains(range_, ':') then concat('6', array_to_string([
            lpad(bin(try_cast('0x' || group_ as usmallint)), 16, '0')
            for group_ in iam_ipv6_groups(lower(split_part(range_, '/', 1)))
        ], ''))
        else concat('4', array_to_string([
            lpad(bin(try_cast(group_ as utinyint)), 8, '0') for group_ in string_split(split_part(range_, '/', 1), '.')
        ], ''))
    end]
][1];

-- ARNs part by part: a wildcard stays within its part, but for the last, which may have colons of its own.
create or replace macro iam_arn_like(arn, pattern) as
    pattern = '*' or regexp_full_match(
        arn,
        array_to_string([
            replace(replace(regexp_replace(part_, '([\\.+^$|(){}\[\]])', '\\\1', 'g'), '*', '[^:]*'), '?', '[^:]')
            for part_ in string_split(pattern, ':')[:5]
        ], ':') || coalesce(':' || replace(replace(
            regexp_replace(
                nullif(array_to_string(string_split(pattern, ':')[6:], ':'), ''), '([\\.+^$|(){}\[\]])', '\\\1', 'g'
            ), '*', '.*'
        ), '?', '.'), ''),
        's'
    );

-- What an operator of numbers or dates asks of the difference between the request's value and the condition's.
create or replace macro iam_compare(operator, difference) as [
    case
        when contains(operator, 'than') and difference_ <> 0 then contains(operator, 'less') = (difference_ < 0)
        when contains(operator, 'than') then contains(operator, 'equals')
        else difference_ = 0
    end for difference_ in [difference]
][1];

-- One value of a request against one value of a condition, by the operator's positive sense; iam_bits has addresses.
create or replace macro iam_match(operator, wanted, given) as
    case
        when starts_with(operator, 'arn') then iam_arn_like(given, wanted)
        when contains(operator, 'like') then given like iam_like(wanted) escape '\'
        when contains(operator, 'ignorecase') or operator = 'bool' then lower(given) = lower(wanted)
        when starts_with(operator, 'numeric') or starts_with(operator, 'date')
            then iam_compare(operator, iam_time(given) - iam_time(wanted))
        else given = wanted
    end;

create or replace macro iam_negated(operator) as contains(operator, 'not');

-- One value of a request against all values of a condition; an address comes as its bits.
create or replace macro iam_match_any(operator, wanted, given) as
    (len([
        1 for wanted_ in wanted
        if case
            when contains(operator, 'ipaddress') then starts_with(given, iam_bits(wanted_))
            else iam_match(operator, wanted_, given)
        end
    ]) > 0) <> iam_negated(operator);

-- A condition whose key the request does not have.
create or replace macro iam_holds_without(operator, qualifier, if_exists, wanted) as
    case
        when operator = 'null' then list_contains([lower(wanted_) for wanted_ in wanted], 'true')
        when qualifier = 'all' then true
        when qualifier = 'any' then if_exists
        else if_exists or iam_negated(operator)
    end;

-- A condition whose key has `values` values, of which `fitting` fit. Values without a qualifier are tried as any of
-- them, or as all where the operator is a negated one.
create or replace macro iam_holds_with(operator, qualifier, wanted, fitting, "values") as
    case
        when operator = 'null' then list_contains([lower(wanted_) for wanted_ in wanted], 'false')
        when qualifier = 'all' or (qualifier is null and iam_negated(operator)) then fitting = "values"
        else fitting > 0
    end;

-- A whole condition on a key that has one value in the request, or with NULL none; addresses are not settled.
create or replace macro iam_holds(operator, qualifier, if_exists, wanted, given) as
    case when given is null then iam_holds_without(operator, qualifier, if_exists, wanted)
    else iam_holds_with(
        operator, qualifier, wanted,
        cast((len([1 for wanted_ in wanted if iam_match(operator, wanted_, given)]) > 0) <> iam_negated(operator) as integer), 1
    ) end;

-- The first address of a range, the one after its last, the one before its first, and one of the other version of IP, as bits.
create or replace macro iam_sample_addresses(bits) as [
    [
        rpad(bits_, 129, '0'), rpad(regexp_replace(bits_, '01*$', '1'), 129, '0'), rpad(regexp_replace(bits_, '10*$', '0'), 129, '1'),
        rpad(case when starts_with(bits_, '4') then '6' else '4' end, 129, '0')
    ]
    for bits_ in [bits]
][1];

-- Values of a key that tell requests apart: what a condition names, and what lies on either side of it.
create or replace macro iam_sample_values(operator, wanted) as
    case
        when operator = 'null' then cast([] as varchar[])
        when operator = 'bool' then ['true', 'false']
        when starts_with(operator, 'numeric') or starts_with(operator, 'date') then [
            cast(coalesce(iam_time(wanted), 0) + step_ as varchar) for step_ in [-1, 0, 1]
        ]
        when contains(operator, 'ipaddress') then iam_sample_addresses(iam_bits(wanted))
        when contains(operator, 'like') or starts_with(operator, 'arn') then [
            replace(replace(wanted, '*', filling_), '?', 'x') for filling_ in ['', 'any~']
        ]
        when contains(operator, 'ignorecase') then [wanted, upper(wanted), lower(wanted)]
        else [wanted]
    end;

-- The kinds of keys that have other values than those that conditions name.
create or replace macro iam_has_other_values(operator) as
    operator <> 'bool' and not contains(operator, 'ipaddress') and not starts_with(operator, 'numeric')
    and not starts_with(operator, 'date');

create or replace macro iam_or_lists(one, other) as [one[place_] or other[place_] for place_ in range(1, len(one) + 1)];

create or replace macro iam_and_lists(one, other) as [one[place_] and other[place_] for place_ in range(1, len(one) + 1)];
