"""Addresses and networks, as PostgreSQL 15 documents them, and compared with Python's ipaddress."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


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


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(st.ip_addresses(v=4), st.ip_addresses(v=4), st.integers(0, 32))
def test_an_address_is_in_a_network(address: ipaddress.IPv4Address, host: ipaddress.IPv4Address, bits: int) -> None:
    network = ipaddress.ip_network(f"{host}/{bits}", strict=False)
    found = rows(
        f"select '{address}'::inet <<= '{network}', broadcast('{network}'::inet), network('{host}/{bits}'::inet)"
    )[0]
    last = f"{network.broadcast_address}/{bits}" if bits < 32 else str(network.broadcast_address)
    assert found == (address in network, last, str(network))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.ip_addresses(v=6), st.integers(0, 128))
def test_ipv6_addresses_have_a_canonical_spelling(address: ipaddress.IPv6Address, bits: int) -> None:
    network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    found = rows(
        f"select host('{address.exploded}'::inet), network('{address}/{bits}'::inet), '{address}'::inet <<= '{network}'"
    )[0]
    assert found == (str(address), str(network), True)
