"""What is seen of people becomes hashes, the same however it is written."""

from datetime import timedelta

import pytest

from services.events.domain.evidence import (
    MOST_TRACES,
    Seen,
    Trace,
    hashes,
    merged,
    plain_address,
    plain_ip,
)
from services.events.domain.pseudonyms import Pseudonyms
from tests.services.events.builders import NOW

PSEUDONYMS = Pseudonyms("a key")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            Seen(address="Rua Augusta 1,\n1100-048 Lisboa"),
            Seen(address="rua augusta 1 1100 048 LISBOA."),
        ),
        (Seen(address="Straße 1"), Seen(address="STRASSE 1")),
        (Seen(ip="192.0.2.7"), Seen(ip=" ::ffff:192.0.2.7 ")),
        (Seen(ip="2001:db8::1"), Seen(ip="2001:0DB8:0:0:0:0:0:1")),
        (Seen(email="ana@example.com"), Seen(email="ANA@example.com ")),
    ],
)
def test_the_same_thing_has_the_same_hash(one: Seen, other: Seen) -> None:
    assert one.traces(PSEUDONYMS, NOW) == other.traces(PSEUDONYMS, NOW)


def test_different_things_have_different_hashes_and_the_key_decides() -> None:
    seen = Seen("x@y.example", "192.0.2.7", "192.0.2.7", "192.0.2.7")
    traces = seen.traces(PSEUDONYMS, NOW)
    assert len({trace.hash for trace in traces}) == len(traces) == 4
    assert hashes(traces, "email") == {PSEUDONYMS.email("x@y.example")}
    assert hashes(traces, "ip").isdisjoint(hashes(seen.traces(Pseudonyms("b"), NOW), "ip"))
    assert Seen(address=" - ", ip="").traces(PSEUDONYMS, NOW) == ()


def test_a_trace_is_kept_once_with_its_last_time_and_the_latest_stay() -> None:
    def trace(number: int, hours: int = 0) -> Trace:
        return Trace("ip", f"{number:032x}", NOW + timedelta(hours=hours))

    assert merged([trace(1, 5), trace(1, 2), trace(2, 3)]) == (trace(2, 3), trace(1, 5))
    many = [trace(number, number) for number in range(MOST_TRACES + 5)]
    assert merged(many) == tuple(many[5:])


def test_a_text_that_is_no_ip_address_is_no_mistake() -> None:
    assert plain_ip(" proxy ") == "proxy"
    assert plain_address("") == ""
