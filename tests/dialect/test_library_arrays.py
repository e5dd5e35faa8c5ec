"""Arrays and networks, as PostgreSQL 15 documents them."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import IamsqlError
from tests.dialect.bench import rows, value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("string_to_array('a,b,,c', ',', '')", ["a", "b", None, "c"]),
        ("string_to_array('', ',')", []),
        ("string_to_array('abc', null)", ["a", "b", "c"]),
        ("string_to_array('abc', '')", ["abc"]),
        ("string_to_array(null, ',')", None),
        ("array_to_string(array['a', null, 'b'], ',')", "a,b"),
        ("array_to_string(array['a', null, 'b'], ',', '*')", "a,*,b"),
        ("array_to_string(array[1, 2], '-')", "1-2"),
        ("array_to_string('{}'::text[], ',')", ""),
        ("array_length(array[1, 2], 1)", 2),
        ("array_length('{}'::text[], 1)", None),
        ("array_length(array[1], 2)", None),
        ("array_upper(array[1, 2, 3], 1)", 3),
        ("array_lower('{}'::text[], 1)", None),
        ("cardinality('{}'::text[])", 0),
        ("cardinality(null::text[])", None),
        ("(array['a', 'b', 'c'])[2:]", ["b", "c"]),
        ("(array['a', 'b', 'c'])[:2]", ["a", "b"]),
        ("(array['a', 'b', 'c'])[0:1]", ["a"]),
        ("(array['a', 'b', 'c'])[3:2]", []),
        ("(array['a'])[-1]", None),
        ("(array['a'])[0]", None),
        ("(array['a'])[2]", None),
        ("list[id] from t where id = 1", "a"),
        ("list[1:null::int] from t where id = 1", None),
        ("array['a', 'b'] && '{b,c}'", True),
        ("array['a', null] && array[null]::text[]", False),
        ("array['a', null] @> array[null]::text[]", False),
        ("array['a', 'b'] @> array['b', 'b']", True),
        ("array['a'] <@ array['a', 'b']", True),
        ("list @> array['a'] from t where id = 3", None),
        ("array['a'] @> '{}'", True),
        ("'a' = any (array['a', 'b'])", True),
        ("array['a'] || 'b'", ["a", "b"]),
        ("'z' || array['a']", ["z", "a"]),
        ("array[1] || array[2]", [1, 2]),
        ("array['a'] || null", ["a"]),
        ("array_cat(array[1], null)", [1]),
        ("array_append(null::int[], 1)", [1]),
        ("array_prepend(0, array[1])", [0, 1]),
        ("array_position(array['a', 'b', 'a'], 'a', 2)", 3),
        ("array_position(array['a', null], null)", 2),
        ("array_position(array['a'], 'x')", None),
        ("array_positions(array['a', 'b', 'a'], 'a')", [1, 3]),
        ("array_remove(array['a', null, 'b'], null)", ["a", "b"]),
        ("array_remove(list, (select word from t where id = 1)) from t where id = 1", ["a", "b"]),
        ("array_replace(array[1, 2, 1], 1, 3)", [3, 2, 3]),
        ('\'{a,"b c",NULL,"x\\"y"}\'::text[]', ["a", "b c", None, 'x"y']),
        ("(array['a', 'b c', null, '', 'null'])::text", '{a,"b c",NULL,"","null"}'),
        ("array[1, 2]::text", "{1,2}"),
        ("'{1,2}'::int[]", [1, 2]),
    ],
)
def test_arrays(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_arrays_as_rows() -> None:
    assert rows("select x from string_to_table('a,b', ',') as x") == [("a",), ("b",)]
    assert rows("select i from generate_subscripts(array['a', 'b'], 1) as i") == [(1,), (2,)]
    assert rows("select p, n from unnest(string_to_array('a/b', '/')) with ordinality as x(p, n)") == [
        ("a", 1),
        ("b", 2),
    ]


def test_an_array_out_of_text_of_run_time_is_refused() -> None:
    with pytest.raises(IamsqlError, match="string_to_array"):
        rows("select word::text[] from t")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'10.1.2.3'::inet << '10.0.0.0/8'", True),
        ("'10.0.0.0/8'::inet << '10.0.0.0/8'", False),
        ("'10.0.0.0/8'::inet <<= '10.0.0.0/8'", True),
        ("'10.0.0.0/8'::cidr >> '10.1.2.3'::inet", True),
        ("'10.0.0.0/8' >>= '10.1.2.3'::inet", True),
        ("'0.0.0.0/0'::inet >> '255.255.255.255'", True),
        ("'::1'::inet << '::/0'", True),
        ("'10.0.0.1'::inet << '::/0'", False),
        ("null::inet << '10.0.0.0/8'", None),
        ("'10.0.0.0/8'::inet && '10.2.0.0/16'", True),
        ("'no address'::inet", None),
        ("'300.1.1.1'::inet", None),
        ("'10.0.0.1/8'::cidr", None),
        ("'10.0.0.1'::inet = '10.0.0.1/32'", True),
        ("'9.0.0.1'::inet < '10.0.0.1'", True),
        ("masklen('10.0.0.0/8'::cidr)", 8),
        ("masklen('::1'::inet)", 128),
        ("host('10.1.2.3/8'::inet)", "10.1.2.3"),
        ("broadcast('192.168.1.5/24'::inet)", "192.168.1.255/24"),
        ("network('192.168.1.5/24'::inet)", "192.168.1.0/24"),
        ("netmask('192.168.1.5/20'::inet)", "255.255.240.0"),
        ("netmask('10.0.0.0/0'::inet)", "0.0.0.0"),
        ("hostmask('192.168.1.5/20'::inet)", "0.0.15.255"),
        ("set_masklen('192.168.1.5/24'::inet, 16)", "192.168.1.5/16"),
        ("family('::1'::inet)", 6),
        ("'10.0.0.1'::inet::text", "10.0.0.1/32"),
        ("'10.0.0.1'::cidr::text", "10.0.0.1/32"),
        ("'2001:DB8:0:0:0:0:0:1'::inet", "2001:db8::1"),
    ],
)
def test_networks(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_addresses_are_sorted_as_addresses() -> None:
    listed = "(values ('::1'), ('9.0.0.1'), ('10.0.0.1'), ('10.0.0.0/8')) as v(a)"
    found = [a for (a,) in rows(f"select a from {listed} order by a::inet")]
    assert found == ["9.0.0.1", "10.0.0.0/8", "10.0.0.1", "::1"]


def test_arithmetic_with_addresses_is_refused() -> None:
    with pytest.raises(IamsqlError, match="Arithmetic"):
        rows("select '10.0.0.1'::inet + 1")


@settings(max_examples=25, deadline=None)
@given(st.ip_addresses(v=4), st.ip_addresses(v=4), st.integers(0, 32))
def test_an_address_is_in_a_network(one: ipaddress.IPv4Address, other: ipaddress.IPv4Address, bits: int) -> None:
    network = ipaddress.ip_network(f"{other}/{bits}", strict=False)
    got = rows(f"select '{one}'::inet <<= '{network}', broadcast('{network}'::inet), network('{other}/{bits}'::inet)")[
        0
    ]
    last = f"{network.broadcast_address}/{bits}" if bits < 32 else str(network.broadcast_address)
    assert got == (one in network, last, str(network))


@settings(max_examples=25, deadline=None)
@given(st.ip_addresses(v=6), st.integers(0, 128))
def test_long_addresses_have_one_spelling(one: ipaddress.IPv6Address, bits: int) -> None:
    network = ipaddress.ip_network(f"{one}/{bits}", strict=False)
    got = rows(f"select host('{one.exploded}'::inet), network('{one}/{bits}'::inet), '{one}'::inet <<= '{network}'")[0]
    assert got == (str(one), str(network), True)
