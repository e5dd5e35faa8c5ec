-- Addresses and networks as text. The result for any other text is NULL, where PostgreSQL has an error.

create or replace macro pg_is_ipv4(string) as
    regexp_full_match(string, '(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:/(?:3[0-2]|[12]?\d))?');

-- Eight groups, or fewer with one ::. The patterns refuse long groups, a second :: and a single colon at either end.
create or replace macro pg_is_ipv6(string) as
    regexp_full_match(string, '[0-9A-Fa-f:]*:[0-9A-Fa-f:]*(?:/(?:12[0-8]|1[01]\d|[1-9]?\d))?')
    and (not contains(string, ':::')) and not regexp_matches(string, '[0-9A-Fa-f]{5}|::.*::|^:[^:]|[^:]:(?:/|$)')
    and case when contains(string, '::') then len(regexp_extract_all(string, ':')) <= 8
        else len(regexp_extract_all(string, ':')) = 7 end;

create or replace macro pg_ipv4_number(address) as
    list_sum(list_transform(string_split(address, '.'), lambda part_, index_: cast(part_ as bigint) << (8 * (4 - index_))::bigint))::uhugeint;

create or replace macro pg_ipv6_groups(string) as
    case when string = '' then []::varchar[] else string_split(string, ':') end;

-- The eight groups of an address: :: represents the groups that are missing, all zero.
create or replace macro pg_ipv6_all_groups(address) as
    case when contains(address, '::') then
        list_concat(
            list_concat(pg_ipv6_groups(split_part(address, '::', 1)),
                list_transform(range(8 - len(pg_ipv6_groups(split_part(address, '::', 1))) - len(pg_ipv6_groups(split_part(address, '::', 2)))),
                    lambda index_: '0')),
            pg_ipv6_groups(split_part(address, '::', 2)))
        else string_split(address, ':') end;

create or replace macro pg_ipv6_number(address) as
    list_reduce(list_prepend(0::uhugeint, list_transform(pg_ipv6_all_groups(address), lambda part_: cast('0x' || part_ as uhugeint))),
        lambda sum_, part_: sum_ * 65536::uhugeint + part_);

create or replace macro pg_ipv6_uncompressed(number) as
    array_to_string(list_transform([7, 6, 5, 4, 3, 2, 1, 0], lambda index_:
        lower(to_hex(((number >> (16 * index_)::uhugeint) & 65535::uhugeint)::bigint))), ':');

-- PostgreSQL compresses the first of the longest runs of at least two zero groups.
create or replace macro pg_ipv6_text(number) as
    list_transform([pg_ipv6_uncompressed(number)], lambda long_: coalesce(
        list_filter(
            list_transform(
                ['0:0:0:0:0:0:0:0', '0:0:0:0:0:0:0', '0:0:0:0:0:0', '0:0:0:0:0', '0:0:0:0', '0:0:0', '0:0'],
                lambda run_: case when regexp_matches(long_, '(?:^|:)' || run_ || '(?::|$)')
                    then regexp_replace(long_, '(?:^|:)' || run_ || '(?::|$)', '::') end),
            lambda element_: element_ is not null)[1],
        long_))[1];

create or replace macro pg_ipv4_text(number) as
    array_to_string(list_transform([3, 2, 1, 0], lambda index_: ((number >> (8 * index_)::uhugeint) & 255::uhugeint)::varchar), '.');

create or replace macro pg_ip_text(number, size) as
    case when number is null then null when size = 128 then pg_ipv6_text(number) else pg_ipv4_text(number) end;

-- An address or network as a struct: its number of bits, the length of its mask, and the address as a number.
create or replace macro pg_ip(string) as list_transform([cast(string as varchar)], lambda net_:
    case when pg_is_ipv4(net_) then {
            'size': 32, 'mask': coalesce(try_cast(split_part(net_, '/', 2) as integer), 32),
            'number': pg_ipv4_number(split_part(net_, '/', 1))}
        when pg_is_ipv6(net_) then {
            'size': 128, 'mask': coalesce(try_cast(split_part(net_, '/', 2) as integer), 128),
            'number': pg_ipv6_number(split_part(net_, '/', 1))}
        end)[1];

-- A shift by 128 bits is out of the range of UHUGEINT.
create or replace macro pg_power(bits) as
    case when bits >= 128 then 0::uhugeint else 1::uhugeint << cast(bits as uhugeint) end;

create or replace macro pg_bit_mask(bits) as
    case when bits >= 128 then 340282366920938463463374607431768211455::uhugeint else pg_power(bits) - 1::uhugeint end;

-- The number of an address without its last `bits` bits, which is the address of its network.
create or replace macro pg_network_number(number, bits) as
    case when bits >= 128 then 0::uhugeint else number // pg_power(bits) * pg_power(bits) end;

create or replace macro pg_network_text(string, size, mask, always) as
    string || case when always or mask <> size then '/' || mask else '' end;

create or replace macro pg_check_mapped(string) as
    case when regexp_full_match(string, '[0-9A-Fa-f:]*:\d+\.\d+\.\d+\.\d+(?:/\d+)?')
        then error('IPv6 addresses with an IPv4 part are not supported: ' || string) else string end;

create or replace macro pg_inet(string) as list_transform([pg_ip(pg_check_mapped(string))], lambda ip_:
    pg_network_text(pg_ip_text(ip_.number, ip_.size), ip_.size, ip_.mask, false))[1];

-- A cidr may omit bytes at the end: the class of the address, or the number of its bytes, gives the mask.
create or replace macro pg_complete_cidr(string) as
    case when regexp_full_match(string, '\d{1,3}(?:\.\d{1,3}){0,2}(?:/\d+)?')
        then split_part(string, '/', 1) || repeat('.0', 3 - (length(string) - length(replace(string, '.', ''))))::varchar || '/'
            || coalesce(nullif(split_part(string, '/', 2), ''), greatest(
                (1 + length(string) - length(replace(string, '.', ''))) * 8,
                case when try_cast(split_part(split_part(string, '/', 1), '.', 1) as integer) < 128 then 8
                    when try_cast(split_part(split_part(string, '/', 1), '.', 1) as integer) < 192 then 16
                    when try_cast(split_part(split_part(string, '/', 1), '.', 1) as integer) < 224 then 24
                    when try_cast(split_part(split_part(string, '/', 1), '.', 1) as integer) < 240 then 8 else 32 end)::varchar)
        else string end;

-- A cidr has no bits to the right of its mask.
create or replace macro pg_cidr(string) as list_transform([pg_ip(pg_complete_cidr(string))], lambda ip_:
    case when pg_network_number(ip_.number, ip_.size - ip_.mask) = ip_.number
        then pg_network_text(pg_ip_text(ip_.number, ip_.size), ip_.size, ip_.mask, true) end)[1];

-- The text of a cast of inet has the mask even of a single address.
create or replace macro pg_inet_text(string) as list_transform([pg_ip(string)], lambda ip_:
    pg_network_text(pg_ip_text(ip_.number, ip_.size), ip_.size, ip_.mask, true))[1];

create or replace macro pg_family(network) as case when contains(network, ':') then 6 when network is not null then 4 end;

create or replace macro pg_inet_same_family(a, b) as pg_family(a) = pg_family(b);

create or replace macro pg_masklen(network) as
    coalesce(try_cast(split_part(network, '/', 2) as integer),
        case when contains(network, ':') then 128 when network is not null then 32 end);

create or replace macro pg_host(network) as split_part(network, '/', 1);

-- set_masklen takes -1 for the mask of a single address.
create or replace macro pg_set_masklen(network, bits) as
    case when bits < -1 or bits > case when contains(network, ':') then 128 else 32 end then error('The mask length is out of range.')
        when bits = -1 then split_part(network, '/', 1) else pg_replace_mask(network, bits) end;

create or replace macro pg_replace_mask(network, bits) as
    split_part(network, '/', 1)
    || case when bits <> case when contains(network, ':') then 128 else 32 end then '/' || bits else '' end;

create or replace macro pg_network(network) as list_transform([pg_ip(network)], lambda ip_:
    pg_network_text(pg_ip_text(pg_network_number(ip_.number, ip_.size - ip_.mask), ip_.size), ip_.size, ip_.mask, true))[1];

create or replace macro pg_broadcast(network) as list_transform([pg_ip(network)], lambda ip_:
    pg_network_text(
        pg_ip_text(pg_network_number(ip_.number, ip_.size - ip_.mask) + pg_bit_mask(ip_.size - ip_.mask), ip_.size), ip_.size, ip_.mask, false))[1];

create or replace macro pg_netmask(network) as list_transform([pg_ip(network)], lambda ip_:
    pg_ip_text(pg_bit_mask(ip_.size) - pg_bit_mask(ip_.size - ip_.mask), ip_.size))[1];

create or replace macro pg_hostmask(network) as list_transform([pg_ip(network)], lambda ip_:
    pg_ip_text(pg_bit_mask(ip_.size - ip_.mask), ip_.size))[1];

-- Whether a network contains another or equals it.
create or replace macro pg_network_covers(network, other) as
    list_transform([{'a': pg_ip(network), 'b': pg_ip(other)}], lambda net_:
        case when net_.a is null or net_.b is null then null
            when net_.a.size <> net_.b.size or net_.a.mask > net_.b.mask then false
            else pg_network_number(net_.a.number, net_.a.size - net_.a.mask)
                = pg_network_number(net_.b.number, net_.a.size - net_.a.mask) end)[1];

create or replace macro pg_network_contains(network, other) as
    pg_network_covers(network, other) and pg_masklen(network) < pg_masklen(other);

create or replace macro pg_network_overlaps(network, other) as
    pg_network_covers(network, other) or pg_network_covers(other, network);

-- A list that sorts in the order of addresses: by family, network, mask and address.
create or replace macro pg_network_sort_key(network) as list_transform([pg_ip(network)], lambda ip_:
    case when ip_ is not null then [
        cast(ip_.size as uhugeint), pg_network_number(ip_.number, ip_.size - ip_.mask), cast(ip_.mask as uhugeint), ip_.number] end)[1];
