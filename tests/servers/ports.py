"""Loopback ports that a server can take, lose and take again."""

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"

_LOWEST = 10_000
_RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_EPHEMERAL_START = 32_768
_TRIES = 200
_issued: set[int] = set()
# Workers of one test run may share a seed; they must not walk the same ports.
_random = random.SystemRandom()


def free_port() -> int:
    """A loopback port that nobody listens on and that this process has not handed out before.

    It lies below the ephemeral range: a client that reconnects in a loop to a killed server on
    an ephemeral port can end up connected to itself, and the server never gets its port back.
    """
    ceiling = _ephemeral_start()
    for _ in range(_TRIES):
        port = _random.randrange(_LOWEST, ceiling)
        if port not in _issued and is_free(port):
            _issued.add(port)
            return port
    raise OSError(f"no free port between {_LOWEST} and {ceiling}")


def kept_port(file: Path) -> int:
    """The port written in `file`; a free one is chosen and written the first time."""
    if not file.exists():
        file.write_text(f"{free_port()}\n")
    return int(file.read_text())


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        # As servers do: connections of the previous owner in TIME_WAIT are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Whether something accepts connections on `port`."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def _ephemeral_start() -> int:
    try:
        start = int(_RANGE_FILE.read_text().split()[0])
    except OSError:
        return _USUAL_EPHEMERAL_START
    return start if start > _LOWEST + _TRIES else _USUAL_EPHEMERAL_START
