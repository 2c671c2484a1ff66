"""What the client makes of an act is what the server's codec reads."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from requite_client.event import make_event
from shared.contracts.cloudevents.json_format import decode_event

NOW = datetime(2026, 5, 30, 10, 0, tzinfo=UTC)

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
payloads = st.dictionaries(
    st.text(min_size=1, max_size=10), scalars | st.lists(scalars, max_size=3), max_size=5
)


@given(
    payloads,
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="@"), min_size=1),
)
def test_the_server_reads_what_was_said(data: dict[str, object], customer: str) -> None:
    event = decode_event(make_event("/shop", "help", customer, data, id="7", time=NOW))
    assert (event.id, event.source, event.subject) == ("7", "/shop", customer)
    assert event.type == "io.requite.act.help.v1"
    assert event.instant == NOW
    assert event.data is not None
    assert msgspec.json.decode(event.data) == data


def test_money_is_exact_and_types_of_a_shop_are_left_alone() -> None:
    total = Decimal("0.10") + Decimal("0.20")
    event = decode_event(make_event("/shop", "com.shop.tasting.v1", "c", {"total": total}))
    assert event.type == "com.shop.tasting.v1"
    assert event.data == b'{"total":"0.30"}'


def test_events_without_an_id_differ() -> None:
    first, second = (decode_event(make_event("/shop", "help", "c", {})) for _ in range(2))
    assert first.id != second.id


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"customer": ""}, ValueError),
        ({"customer": "ana@example.com"}, ValueError),
        ({"time": datetime(2026, 1, 1)}, ValueError),  # noqa: DTZ001
        ({"data": {"total": float("nan")}}, ValueError),
        ({"data": {"total": Decimal("NaN")}}, TypeError),
        ({"data": {"file": b"x"}}, TypeError),
    ],
)
def test_what_is_no_event_is_said_at_once(
    members: dict[str, object], error: type[Exception]
) -> None:
    usual: dict[str, object] = {"source": "/shop", "act": "help", "customer": "c", "data": {}}
    with pytest.raises(error):
        make_event(**usual | members)  # type: ignore[arg-type]
