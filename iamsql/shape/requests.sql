-- Whether a condition of a policy holds, operator by operator, as IAM's documentation of condition operators has it.

-- An address as a number, those of IPv4 below 2^32 and those of IPv6 above; NULL for what is none.
create or replace macro iam_ipv4(address) as
    case when regexp_full_match(address, '\d{1,3}(\.\d{1,3}){3}') then
        cast(split_part(address, '.', 1) as uhugeint) * 16777216 + cast(split_part(address, '.', 2) as uhugeint) * 65536
        + cast(split_part(address, '.', 3) as uhugeint) * 256 + cast(split_part(address, '.', 4) as uhugeint)
    end;

create or replace macro iam_ipv6_groups(address) as
    [
        case when contains(address, '::') then
            [one_ for one_ in string_split(split_part(address, '::', 1), ':') if one_ <> '']
            || [
                '0' for blank_ in range(8 - len([
                    one_ for one_ in string_split(replace(address, '::', ':'), ':') if one_ <> ''
                ]))
            ]
            || [one_ for one_ in string_split(split_part(address, '::', 2), ':') if one_ <> '']
        else string_split(address, ':') end
    ][1];

create or replace macro iam_ipv6(address) as
    case when regexp_full_match(lower(address), '[0-9a-f:]*:[0-9a-f:]*') then
        [
            case when len(groups_) = 8 then
                try_cast('0x' || array_to_string([lpad(group_, 4, '0') for group_ in groups_], '') as uhugeint)
            end for groups_ in [iam_ipv6_groups(lower(address))]
        ][1]
    end;

create or replace macro iam_address(address) as coalesce(iam_ipv4(address), iam_ipv6(address));

create or replace macro iam_prefix(range_) as
    coalesce(
        try_cast(nullif(split_part(range_, '/', 2), '') as integer), case when contains(range_, ':') then 128 else 32 end
    );

create or replace macro iam_block(range_) as
    cast(power(
        2::double, greatest(least(case when contains(range_, ':') then 128 else 32 end - iam_prefix(range_), 127), 0)
    ) as uhugeint);

create or replace macro iam_within(address, range_) as
    case
        when contains(address, ':') <> contains(range_, ':') then false
        when iam_prefix(range_) = 0 then true
        else len(list_distinct([
            iam_address(each_) // iam_block(range_) for each_ in [address, split_part(range_, '/', 1)]
        ])) = 1
    end;

-- ARNs part by part: a wildcard stays within its part, but for the last, which may have colons of its own.
create or replace macro iam_arn_like(arn, pattern) as
    pattern = '*' or regexp_full_match(
        arn,
        array_to_string([
            replace(replace(
                regexp_replace(part_, '([\\.+^$|(){}\[\]])', '\\\1', 'g'), '*', '[^:]*'
            ), '?', '[^:]')
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

-- One value of a request against one value of a condition, by the operator's positive sense.
create or replace macro iam_match(operator, wanted, given) as
    case
        when operator in ('stringequals', 'stringnotequals', 'binaryequals') then given = wanted
        when operator in ('stringequalsignorecase', 'stringnotequalsignorecase') then lower(given) = lower(wanted)
        when operator in ('stringlike', 'stringnotlike') then given like iam_like(wanted) escape '\'
        when operator in ('arnequals', 'arnlike', 'arnnotequals', 'arnnotlike') then iam_arn_like(given, wanted)
        when operator = 'bool' then lower(given) = lower(wanted)
        when operator in ('ipaddress', 'notipaddress') then coalesce(iam_within(given, wanted), false)
        when starts_with(operator, 'numeric') then iam_compare(operator, try_cast(given as double) - try_cast(wanted as double))
        when starts_with(operator, 'date') then iam_compare(operator, iam_time(given) - iam_time(wanted))
        else given = wanted
    end;

create or replace macro iam_negated(operator) as contains(operator, 'not');

-- One value of a request against all values of a condition.
create or replace macro iam_fits(operator, wanted, given) as
    (len([1 for wanted_ in wanted if iam_match(operator, wanted_, given)]) > 0) <> iam_negated(operator);

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

-- A whole condition; `given` is the list of the key's values in the request, NULL where the request has no such key.
create or replace macro iam_holds(operator, qualifier, if_exists, wanted, given) as
    case when coalesce(len(given), 0) = 0 then iam_holds_without(operator, qualifier, if_exists, wanted)
    else iam_holds_with(
        operator, qualifier, wanted, len([1 for given_ in given if iam_fits(operator, wanted, given_)]), len(given)
    ) end;

create or replace macro iam_ipv4_text(number) as
    concat_ws(
        '.', number // 16777216, number // 65536 % 256, number // 256 % 256, number % 256
    );

-- The address before an IPv4 range, its first address and the address after it; the text itself where it is not an address.
create or replace macro iam_ipv4_edges(range_) as [
    case when edges_.start is null then [edges_.written] else [
        iam_ipv4_text(edge_) for edge_ in [
            edges_.start // edges_.size * edges_.size - 1,
            edges_.start // edges_.size * edges_.size,
            edges_.start // edges_.size * edges_.size + edges_.size
        ] if edge_ between 0 and 4294967295
    ] end for edges_ in [{
        'written': split_part(range_, '/', 1),
        'start': cast(iam_ipv4(split_part(range_, '/', 1)) as bigint),
        'size': cast(power(2::double, 32 - greatest(least(iam_prefix(range_), 32), 0)) as bigint)
    }]
][1];

-- Values of a key that tell requests apart: what a condition names, and what lies on either side of it.
create or replace macro iam_samples(operator, wanted) as
    case
        when operator = 'null' then cast([] as varchar[])
        when operator = 'bool' then ['true', 'false']
        when starts_with(operator, 'numeric') then [
            cast(coalesce(try_cast(wanted as double), 0) + step_ as varchar) for step_ in [-1, 0, 1]
        ]
        when starts_with(operator, 'date') then [cast(coalesce(iam_time(wanted), 0) + step_ as varchar) for step_ in [-1, 0, 1]]
        when contains(operator, 'ipaddress') and contains(wanted, ':') then [split_part(wanted, '/', 1)]
        when contains(operator, 'ipaddress') then iam_ipv4_edges(wanted)
        when contains(operator, 'like') or starts_with(operator, 'arn') then [
            replace(replace(wanted, '*', filling_), '?', 'x') for filling_ in ['', 'any~']
        ]
        when contains(operator, 'ignorecase') then [wanted, upper(wanted), lower(wanted)]
        else [wanted]
    end;

-- The kinds of keys that have other values than those that conditions name.
create or replace macro iam_has_others(operator) as
    operator not in ('bool') and not starts_with(operator, 'numeric') and not starts_with(operator, 'date');

create or replace macro iam_either(one, other) as [one[place_] or other[place_] for place_ in range(1, len(one) + 1)];

create or replace macro iam_both(one, other) as [one[place_] and other[place_] for place_ in range(1, len(one) + 1)];
