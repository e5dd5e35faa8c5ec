-- Addresses and networks as text: an address is its number, a network the bits that count of it. NULL for what is neither.

create or replace macro pg_inet_v4(words) as
    regexp_full_match(words, '(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:/(?:3[0-2]|[12]?\d))?');

create or replace macro pg_inet_v6(words) as
    regexp_full_match(words, '[0-9A-Fa-f:]*:[0-9A-Fa-f:]*(?:/(?:12[0-8]|1[01]\d|[1-9]?\d))?')
    and (not contains(words, ':::')) and not regexp_matches(words, '[0-9A-Fa-f]{5}|::.*::|^:[^:]|[^:]:(?:/|$)')
    and case when contains(words, '::') then len(regexp_extract_all(words, ':')) <= 8
        else len(regexp_extract_all(words, ':')) = 7 end;

create or replace macro pg_v4_number(address) as
    list_sum(list_transform(string_split(address, '.'), lambda part_, at_: cast(part_ as bigint) << (8 * (4 - at_))::bigint))::uhugeint;

create or replace macro pg_v6_groups(words) as
    case when words = '' then []::varchar[] else string_split(words, ':') end;

create or replace macro pg_v6_full(address) as
    case when contains(address, '::') then
        list_concat(
            list_concat(pg_v6_groups(split_part(address, '::', 1)),
                list_transform(range(8 - len(pg_v6_groups(split_part(address, '::', 1))) - len(pg_v6_groups(split_part(address, '::', 2)))),
                    lambda at_: '0')),
            pg_v6_groups(split_part(address, '::', 2)))
        else string_split(address, ':') end;

create or replace macro pg_v6_number(address) as
    list_reduce(list_prepend(0::uhugeint, list_transform(pg_v6_full(address), lambda part_: cast('0x' || part_ as uhugeint))),
        lambda sum_, part_: sum_ * 65536::uhugeint + part_);

create or replace macro pg_v6_long(number) as
    array_to_string(list_transform([7, 6, 5, 4, 3, 2, 1, 0], lambda at_:
        lower(to_hex(((number >> (16 * at_)::uhugeint) & 65535::uhugeint)::bigint))), ':');

create or replace macro pg_v6_text(number) as
    list_transform([pg_v6_long(number)], lambda long_: coalesce(
        list_filter(
            list_transform(
                ['0:0:0:0:0:0:0:0', '0:0:0:0:0:0:0', '0:0:0:0:0:0', '0:0:0:0:0', '0:0:0:0', '0:0:0', '0:0'],
                lambda run_: case when regexp_matches(long_, '(?:^|:)' || run_ || '(?::|$)')
                    then regexp_replace(long_, '(?:^|:)' || run_ || '(?::|$)', '::') end),
            lambda one_: one_ is not null)[1],
        long_))[1];

create or replace macro pg_v4_text(number) as
    array_to_string(list_transform([3, 2, 1, 0], lambda at_: ((number >> (8 * at_)::uhugeint) & 255::uhugeint)::varchar), '.');

create or replace macro pg_ip_text(number, size) as
    case when number is null then null when size = 128 then pg_v6_text(number) else pg_v4_text(number) end;

-- What a text says: the number of bits, how many of them name the network, and the address as a number.
create or replace macro pg_ip(words) as list_transform([cast(words as varchar)], lambda net_:
    case when pg_inet_v4(net_) then {
            'size': 32, 'mask': coalesce(try_cast(split_part(net_, '/', 2) as integer), 32),
            'number': pg_v4_number(split_part(net_, '/', 1))}
        when pg_inet_v6(net_) then {
            'size': 128, 'mask': coalesce(try_cast(split_part(net_, '/', 2) as integer), 128),
            'number': pg_v6_number(split_part(net_, '/', 1))}
        end)[1];

create or replace macro pg_power(bits) as
    case when bits >= 128 then 0::uhugeint else 1::uhugeint << cast(bits as uhugeint) end;

create or replace macro pg_ones(bits) as
    case when bits >= 128 then 340282366920938463463374607431768211455::uhugeint else pg_power(bits) - 1::uhugeint end;

-- The address of the network itself, of an address of `size` bits of which `mask` count.
create or replace macro pg_base(number, bits) as
    case when bits >= 128 then 0::uhugeint else number // pg_power(bits) * pg_power(bits) end;

create or replace macro pg_masked(words, size, mask, always) as
    words || case when always or mask <> size then '/' || mask else '' end;

create or replace macro pg_unmapped(words) as
    case when regexp_full_match(words, '[0-9A-Fa-f:]*:\d+\.\d+\.\d+\.\d+(?:/\d+)?')
        then error('IPv6 addresses that are written with an IPv4 part are not supported: ' || words) else words end;

create or replace macro pg_inet(words) as list_transform([pg_ip(pg_unmapped(words))], lambda ip_:
    pg_masked(pg_ip_text(ip_.number, ip_.size), ip_.size, ip_.mask, false))[1];

-- A cidr may leave out bytes at the end: the class of the address, or the number of bytes, gives the mask.
create or replace macro pg_whole_cidr(words) as
    case when regexp_full_match(words, '\d{1,3}(?:\.\d{1,3}){0,2}(?:/\d+)?')
        then split_part(words, '/', 1) || repeat('.0', 3 - (length(words) - length(replace(words, '.', ''))))::varchar || '/'
            || coalesce(nullif(split_part(words, '/', 2), ''), greatest(
                (1 + length(words) - length(replace(words, '.', ''))) * 8,
                case when try_cast(split_part(split_part(words, '/', 1), '.', 1) as integer) < 128 then 8
                    when try_cast(split_part(split_part(words, '/', 1), '.', 1) as integer) < 192 then 16
                    when try_cast(split_part(split_part(words, '/', 1), '.', 1) as integer) < 224 then 24
                    when try_cast(split_part(split_part(words, '/', 1), '.', 1) as integer) < 240 then 8 else 32 end)::varchar)
        else words end;

create or replace macro pg_cidr(words) as list_transform([pg_ip(pg_whole_cidr(words))], lambda ip_:
    case when pg_base(ip_.number, ip_.size - ip_.mask) = ip_.number
        then pg_masked(pg_ip_text(ip_.number, ip_.size), ip_.size, ip_.mask, true) end)[1];

create or replace macro pg_inet_text(words) as list_transform([pg_ip(words)], lambda ip_:
    pg_masked(pg_ip_text(ip_.number, ip_.size), ip_.size, ip_.mask, true))[1];

create or replace macro pg_family(network) as case when contains(network, ':') then 6 when network is not null then 4 end;

create or replace macro pg_masklen(network) as
    coalesce(try_cast(split_part(network, '/', 2) as integer),
        case when contains(network, ':') then 128 when network is not null then 32 end);

create or replace macro pg_host(network) as split_part(network, '/', 1);

create or replace macro pg_with_mask(network, bits) as
    case when bits < -1 or bits > case when contains(network, ':') then 128 else 32 end then error('The mask length is out of range.')
        when bits = -1 then split_part(network, '/', 1) else pg_with_bits(network, bits) end;

create or replace macro pg_with_bits(network, bits) as
    split_part(network, '/', 1)
    || case when bits <> case when contains(network, ':') then 128 else 32 end then '/' || bits else '' end;

create or replace macro pg_network(network) as list_transform([pg_ip(network)], lambda ip_:
    pg_masked(pg_ip_text(pg_base(ip_.number, ip_.size - ip_.mask), ip_.size), ip_.size, ip_.mask, true))[1];

create or replace macro pg_broadcast(network) as list_transform([pg_ip(network)], lambda ip_:
    pg_masked(
        pg_ip_text(pg_base(ip_.number, ip_.size - ip_.mask) + pg_ones(ip_.size - ip_.mask), ip_.size), ip_.size, ip_.mask, false))[1];

create or replace macro pg_netmask(network) as list_transform([pg_ip(network)], lambda ip_:
    pg_ip_text(pg_ones(ip_.size) - pg_ones(ip_.size - ip_.mask), ip_.size))[1];

create or replace macro pg_hostmask(network) as list_transform([pg_ip(network)], lambda ip_:
    pg_ip_text(pg_ones(ip_.size - ip_.mask), ip_.size))[1];

create or replace macro pg_net_covers(network, other, equal) as
    list_transform([{'one': pg_ip(network), 'other': pg_ip(other)}], lambda net_:
        case when net_.one is null or net_.other is null then null
            when net_.one.size <> net_.other.size then false
            when net_.one.mask > net_.other.mask or (not equal and net_.one.mask = net_.other.mask) then false
            else pg_base(net_.one.number, net_.one.size - net_.one.mask)
                = pg_base(net_.other.number, net_.one.size - net_.one.mask) end)[1];

create or replace macro pg_net_overlaps(network, other) as
    pg_net_covers(network, other, true) or pg_net_covers(other, network, true);

-- A list that sorts as addresses do: by family, network, mask, address.
create or replace macro pg_ip_order(network) as list_transform([pg_ip(network)], lambda ip_:
    case when ip_ is not null then [
        cast(ip_.size as uhugeint), pg_base(ip_.number, ip_.size - ip_.mask), cast(ip_.mask as uhugeint), ip_.number] end)[1];
