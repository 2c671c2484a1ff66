"""Which addresses count as the public internet."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.addresses import is_public

CLOSED_V4 = [
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "255.255.255.255/32",
    )
]
CLOSED_V6 = [
    IPv6Network(text)
    for text in (
        "::/128",
        "::1/128",
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/32",
        "2001:2::/48",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
]


def within(networks: Sequence[IPv4Network | IPv6Network]) -> st.SearchStrategy[str]:
    return st.sampled_from(networks).flatmap(
        lambda network: st.integers(0, network.num_addresses - 1).map(
            lambda index: str(network[index])
        )
    )


@given(within(CLOSED_V4) | within(CLOSED_V6))
def test_no_closed_address_is_public(address: str) -> None:
    assert not is_public(address)


@given(within(CLOSED_V4))
def test_nor_one_that_holds_a_closed_one(address: str) -> None:
    held = int(IPv4Address(address))
    for prefix in ("::ffff:0:0", "64:ff9b::", "::"):
        assert not is_public(str(IPv6Address(int(IPv6Address(prefix)) | held)))
    assert not is_public(str(IPv6Address(int(IPv6Address("2002::")) | held << 80)))


@given(st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number))))
def test_every_other_ipv4_address_is_public_and_by_nat64_too(address: str) -> None:
    closed = any(IPv4Address(address) in network for network in CLOSED_V4)
    assert is_public(address) is not closed
    assert is_public(f"64:ff9b::{address}") is not closed
    assert not is_public(f"::ffff:{address}")


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f::1", "2a00::1"])
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f000001", "fe80::1%eth0", "1"])
def test_what_is_no_address_is_not(text: str) -> None:
    assert not is_public(text)
