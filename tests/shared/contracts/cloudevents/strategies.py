"""Hypothesis strategies for valid events."""

import json
from collections.abc import Mapping
from datetime import timedelta, timezone
from urllib.parse import quote

from hypothesis import strategies as st

from shared.contracts.cloudevents import CloudEvent, check
from shared.contracts.cloudevents.event import OPTIONAL, REQUIRED, AttributeValue

_CORE = {"specversion", "data", *REQUIRED, *OPTIONAL}
_NONCHARACTERS = [
    *range(0xFDD0, 0xFDF0),
    *(plane + end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)),
]

attribute_texts = st.text(
    st.characters(
        exclude_categories=["Cc", "Cs"], exclude_characters=[chr(code) for code in _NONCHARACTERS]
    ),
    min_size=1,
    max_size=20,
)
sources = st.one_of(
    st.sampled_from(["https://shop.example/orders", "urn:uuid:6e8bc430", "#fragment", "//a/b"]),
    attribute_texts.map(lambda text: "/" + quote(text, safe="")),
)
offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(timezones=offsets).map(lambda moment: moment.isoformat())
names = st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True).filter(lambda name: name not in _CORE)
extension_texts = st.dictionaries(names, attribute_texts | st.just(""), max_size=3)
extensions = st.dictionaries(
    names, attribute_texts | st.integers(-(2**31), 2**31 - 1) | st.booleans(), max_size=3
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
json_texts = st.builds(
    lambda value, ascii_only: json.dumps(value, ensure_ascii=ascii_only).encode(),
    json_values,
    st.booleans(),
)
plain_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@st.composite
def typed_data(draw: st.DrawFn) -> tuple[str | None, bytes | None]:
    """Draw a datacontenttype with data that fits it; no empty data, which HTTP cannot tell."""
    match draw(st.sampled_from(["none", "json", "text", "latin", "binary", "opaque", "event"])):
        case "json":
            name = draw(st.sampled_from(["application/json", "Application/Vnd.X+JSON; v=1"]))
            return name, draw(json_texts)
        case "text":
            return "text/plain", draw(plain_texts).encode()
        case "latin":
            return 'text/csv; charset="iso-8859-1"', draw(st.binary(min_size=1))
        case "binary":
            return "application/octet-stream", draw(st.binary(min_size=1))
        case "opaque":
            return None, draw(st.binary(min_size=1))
        case "event":
            return draw(st.sampled_from(["application/cloudevents+json"])), b'{"id":"inner"}'
        case _:
            return draw(st.sampled_from([None, "text/plain", "application/json"])), None


@st.composite
def events(
    draw: st.DrawFn, extensions: st.SearchStrategy[Mapping[str, AttributeValue]]
) -> CloudEvent:
    """Draw a valid event with extensions of this strategy."""
    datacontenttype, data = draw(typed_data())
    return check(
        CloudEvent(
            id=draw(attribute_texts),
            source=draw(sources),
            type=draw(attribute_texts),
            subject=draw(st.none() | attribute_texts),
            time=draw(st.none() | times),
            datacontenttype=datacontenttype,
            dataschema=draw(st.sampled_from([None, "https://schemas.example/order.json?v=1"])),
            extensions=dict(draw(extensions)),
            data=data,
        )
    )
