"""What a provider's webhook says, as the channel's file maps it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.provider_report import items_of, read_item
from services.notifier.domain.returned import Returned, message_ids
from shared.programme.channel_rules import BounceRules
from shared.webhooks.signature import Signature

ID = "0123456789abcdef0123456789abcdef"
RULES = BounceRules(
    Signature("basic"),
    "/event",
    {"bounce": "hard", "7": "soft", "true": "complaint"},
    items="/events",
    message_id="/id",
    address="/to",
    code="/code",
    time="/at",
    hard_where={"/type": "permanent", "/final": True},
)
HARD = {"event": "bounce", "type": "permanent", "final": True, "id": ID}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def read(**changes: Any) -> Returned:
    found = read_item(RULES, {**HARD, **changes}, "email")
    assert isinstance(found, Returned)
    return found


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "hard"),
        ({"type": "temporary"}, "soft"),
        ({"final": 1}, "soft"),
        ({"final": "true"}, "soft"),
        ({"event": 7}, "soft"),
        ({"event": True}, "complaint"),
    ],
)
def test_kinds(changes: dict[str, Any], kind: str) -> None:
    assert read(**changes).kind == kind


@pytest.mark.parametrize("event", ["Bounce", "", None, 8, False, ["bounce"], {"bounce": 1}])
def test_other_kinds_are_ignored(event: Any) -> None:
    assert isinstance(read_item(RULES, {**HARD, "event": event}, "email"), str)


@pytest.mark.parametrize(
    "text",
    [ID, f"<{ID}@shop.example>", f"{ID}@shop.example", f"bounces+{ID}@shop.example", ID.upper()],
)
def test_an_id_as_it_was_sent(text: str) -> None:
    assert read(id=text).messages == (ID,)


@pytest.mark.parametrize("text", ["", ID[1:], f"a{ID}", f"{ID}0", f"x-{ID}", f"{ID}.5@x"])
def test_what_is_no_id(text: str) -> None:
    assert message_ids(text) == ()
    found = read_item(RULES, {**HARD, "id": text}, "email")
    assert found == "it names no message and no address"


def test_an_address_is_of_the_kind_of_the_channel() -> None:
    assert read(to=" a@b.example ").addresses == (("email", "a@b.example"),)
    for to in ("", " ", None, "x" * 401, ["a@b.example"]):
        assert read(to=to).addresses == ()
    without = read_item(RULES, {**HARD, "to": "c-1"}, None)
    assert isinstance(without, Returned)
    assert without.addresses == ()


@pytest.mark.parametrize(
    ("code", "kept"),
    [("5.1.1", "5.1.1"), (605, "605"), ("550 a@b.example", None), ("a@b", None), ("x" * 51, None)],
)
def test_a_code_holds_no_address(code: Any, kept: str | None) -> None:
    assert read(code=code).code == kept


@pytest.mark.parametrize(
    ("at", "time"),
    [
        (1771000000, 1771000000000),
        (1771000000.25, 1771000000250),
        ("1771000000", 1771000000000),
        ("2026-02-13T16:26:40Z", 1771000000000),
        ("2026-02-13T17:26:40.9070259+01:00", 1771000000907),
        ("0001-01-01T00:00:00+23:59", -62135683140000),
        ("yesterday", None),
        (1771000000000, None),
        (True, None),
        (-1, None),
        (None, None),
    ],
)
def test_times(at: Any, time: int | None) -> None:
    assert read(at=at).time == time


def test_items() -> None:
    assert items_of(RULES, {"events": [1, 2]}) == [1, 2]
    assert items_of(RULES, {"events": {"event": 1}}) == [{"event": 1}]
    empty: tuple[Any, ...] = ({"events": None}, {}, [], "text", None, 3)
    for document in empty:
        assert list(items_of(RULES, document)) == []


@given(JSON, st.dictionaries(st.sampled_from(["event", "id", "to", "code", "at", "type"]), JSON))
def test_whatever_it_is_it_is_read_or_ignored(item: Any, changes: dict[str, Any]) -> None:
    for one in (item, {**HARD, **changes}, {"event": "bounce", "to": "a@b", **changes}):
        found = read_item(RULES, one, "email")
        assert isinstance(found, str) or found.messages or found.addresses
