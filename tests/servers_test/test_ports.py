"""Ports stay free, distinct and the same."""

import socket
from pathlib import Path

from tests.servers.ports import LOOPBACK, accepts, free_port, is_free, kept_port


def test_ports_are_distinct_and_below_the_ephemeral_range() -> None:
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert all(1024 < port < low for port in ports)


def test_a_listening_port_is_not_free() -> None:
    port = free_port()
    assert is_free(port)
    assert not accepts(port)
    with socket.create_server((LOOPBACK, port)):
        assert not is_free(port)
        assert accepts(port)


def test_a_port_is_kept_with_the_data(tmp_path: Path) -> None:
    file = tmp_path / "port"
    assert kept_port(file) == kept_port(file)
