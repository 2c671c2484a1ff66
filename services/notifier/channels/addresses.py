"""Which addresses of the internet may be reached from inside: an SSRF guard's rules."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# https://www.iana.org/assignments/ipv6-address-space: all that is handed out for the internet.
_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# Global by the registry, yet nowhere that a message could go, or on the way to somewhere else.
_NOWHERE = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    IPv6Network("2001::/23"),  # Teredo, ORCHID, benchmarking
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),  # 6to4 holds an IPv4 address
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
)


def is_public(text: str) -> bool:
    """Whether the IP address `text` is one of the public internet.

    Refused are private, shared, loopback, link-local, multicast, reserved, documentation and
    unspecified addresses, and IPv6 ones that hold an IPv4 address; but NAT64 (RFC 6052) counts as
    what it holds, since a network without IPv4 reaches everything by it.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address in _NAT64:
        return _is_public(IPv4Address(address.packed[-4:]))
    return _is_public(address)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _NOWHERE)
    )
