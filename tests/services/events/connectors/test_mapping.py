"""The mapping connector: the suite, its three ways to prove a sender, and its rows."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.connectors.port import Connector, Reading
from services.events.connectors.registry import CONNECTORS
from services.events.connectors.setup import Setup
from services.events.connectors.sources import make_connectors
from shared.contracts.acts import short_name
from shared.errors import Invalid
from shared.programme.build import _deeply_frozen
from shared.programme.loader import load
from shared.programme.problems import ProgrammeInvalid
from shared.webhooks.delivery import Delivery, SignatureRefused
from tests.services.events.builders import NOW
from tests.services.events.connectors.suite import (
    ConnectorSuite,
    Told,
    email_alias,
    make_connector,
)
from tests.shared.programme.small import Bench

HMAC = {"scheme": "hmac-sha256", "header": "X-Signature", "prefix": "sha256="}
TOKEN = {"scheme": "token", "header": "Authorization", "prefix": "Bearer "}
MAPPING: dict[str, Any] = {
    "acts": [
        {
            "when": {"column": "/event", "one_of": ["ticket.solved"]},
            "type": "help",
            "id": "/ticket/id",
            "customer": {"alias": {"scheme": "zendesk:desk", "column": "/ticket/agent"}},
            "time": "/ticket/solved_at",
            "channel": "phone",
            "data": {"topic": "/ticket/subject", "helped": {"hash_of": "/ticket/requester"}},
        },
        {
            "when": {"column": "/event", "one_of": ["ticket.rated"]},
            "type": "survey_answer",
            "id": {"join": ["/ticket/id", "/rating/at"]},
            "customer": {"hash_of": "/ticket/requester"},
            "time": "/rating/at",
            "data": {
                "survey": {"value": "tickets"},
                "rating": {"number": "/rating/score"},
                "scale_max": {"value": 5},
                "comment": "/rating/comment",
            },
        },
    ]
}
VISIT = {"type": "visit", "id": "/id", "customer": "/who"}
TICKET = {
    "id": 12345678901234567890,
    "agent": 7,
    "subject": "Kettle",
    "requester": "anna@example.com",
    "solved_at": "2026-05-01T10:00:00Z",
}
SOLVED = {"event": "ticket.solved", "ticket": TICKET}
RATED = {
    "event": "ticket.rated",
    "ticket": TICKET,
    "rating": {"score": 4, "at": "2026-05-02T10:00:00Z", "comment": None},
}


SOURCE = """\
connector: mapping
options:
  signature: {scheme: token, header: X-Token}
  mapping:
    acts:
      - type: help
        id: /id
        data: {topic: {nmber: /x}}
        customer: /who
"""


def make_mapped(mapping: Any = None, signature: Any = None) -> Connector:
    options = {"signature": signature or HMAC, "mapping": mapping or MAPPING}
    return make_connector("mapping", "desk", **options)


def read(body: Any, mapping: Any = None) -> Reading:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return make_mapped(mapping).read(Delivery({}, raw, NOW))


class TestMapping(ConnectorSuite):
    name = "mapping"
    source = "desk"
    options: ClassVar[Mapping[str, Any]] = {"signature": HMAC, "mapping": MAPPING}

    def sign(self, told: Told, secret: str, at: datetime) -> Delivery:
        digest = hmac.new(secret.encode(), told.body, hashlib.sha256).hexdigest()
        return Delivery({**told.headers, "x-signature": f"sha256={digest}"}, told.body, at)

    def story(self) -> Sequence[Told]:
        again = {**RATED, "rating": {"score": 1, "at": "2026-05-03T10:00:00Z"}}
        return [Told(json.dumps(body).encode()) for body in (SOLVED, RATED, again)]


def test_a_body_tells_what_the_mapping_says() -> None:
    (solved,), (rated,) = read(SOLVED).acts, read(RATED).acts
    assert (solved.id, solved.subject) == ("help-12345678901234567890", "zendesk:desk:7")
    assert solved.time == "2026-05-01T10:00:00Z"
    assert json.loads(solved.data or b"") == {
        "topic": "Kettle",
        "helped": email_alias("anna@example.com"),
        "channel": "phone",
    }
    assert rated.id == "survey_answer-12345678901234567890-2026-05-02T10:00:00Z"
    assert rated.subject == email_alias("anna@example.com")
    assert json.loads(rated.data or b"") == {"survey": "tickets", "rating": 4, "scale_max": 5}


def test_each_row_of_a_list() -> None:
    rows = [SOLVED, {"event": "ticket.opened"}, RATED]
    reading = read({"batch": {"rows": rows}}, {"each": "/batch/rows", **MAPPING})
    assert [short_name(act.type) for act in reading.acts] == ["help", "survey_answer"]
    assert read(rows).acts == reading.acts


@pytest.mark.parametrize("body", [{}, [], {"event": "ticket.opened"}])
def test_what_the_mapping_does_not_name_is_ignored(body: Any) -> None:
    assert read(body) == Reading(ignored="nothing that the mapping calls an act")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**SOLVED, "ticket": {**TICKET, "agent": None}}, "/ticket/agent"),
        ({**SOLVED, "ticket": {**TICKET, "agent": "anna@example.com"}}, "/ticket/agent"),
        ({**SOLVED, "ticket": {**TICKET, "id": ""}}, "/ticket/id"),
        ({**SOLVED, "ticket": {**TICKET, "id": {}}}, "/ticket/id"),
        ({**SOLVED, "ticket": {**TICKET, "solved_at": "soon"}}, "/ticket/solved_at"),
        ([SOLVED, {**RATED, "rating": {"score": "x", "at": "2026-05-02"}}], "/1/rating/score"),
        ([SOLVED, 7], "/1"),
        (7, ""),
        ("text", ""),
        (b"", ""),
        (b"\xff\xfe{}", ""),
        (b"[" * 100_000, ""),
        (b'{"event": ' + b"9" * 5000 + b"}", ""),
        (b'{"event": NaN}', ""),
    ],
)
def test_errors_point_into_the_body(body: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(body)
    assert caught.value.pointer == pointer
    assert "anna" not in caught.value.reason


def test_a_list_that_is_missing() -> None:
    with pytest.raises(Invalid) as caught:
        read({"rows": {}}, {"each": "/rows", **MAPPING})
    assert caught.value.pointer == "/rows"


def test_an_act_without_a_time_happens_on_receipt() -> None:
    (act,) = read({"id": 1, "who": "c-1"}, {"acts": [VISIT]}).acts
    assert (act.id, act.time) == ("visit-1", "2026-06-01T12:00:00Z")


def test_two_acts_of_a_row_must_be_told_apart() -> None:
    with pytest.raises(Invalid, match="same id"):
        read({"id": 1, "who": "c-1"}, {"acts": [VISIT, VISIT]})


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("ticket"), inner),
    )
)
def test_whatever_a_body_is_it_is_read_or_refused(body: Any) -> None:
    hostile = {"event": "ticket.solved", "ticket": body}
    try:
        reading = read(json.dumps(hostile).encode())
    except Invalid:
        return
    assert reading.acts


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_a_digest_in_either_encoding(encoding: str) -> None:
    digest = hmac.digest(b"key", b"{}", "sha256")
    text = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    signature = {"scheme": "hmac-sha256", "header": "X-Sig", "encoding": encoding}
    connector = make_mapped(signature=signature)
    connector.verify(Delivery({"x-sig": text}, b"{}", NOW), ["key"])
    for wrong in (text[:-4], "", "sha256=" + text):
        with pytest.raises(SignatureRefused):
            connector.verify(Delivery({"x-sig": wrong}, b"{}", NOW), ["key"])


def test_a_token_in_a_header() -> None:
    connector = make_mapped(signature=TOKEN)
    connector.verify(Delivery({"authorization": "Bearer new"}, b"", NOW), ["old", "new"])
    for wrong in ("Bearer other", "new", "Bearer ", "Bearer new ", "", "Bearer \udce9"):
        with pytest.raises(SignatureRefused):
            connector.verify(Delivery({"authorization": wrong}, b"", NOW), ["old", "new"])
    for headers, secrets in (({}, ["new"]), ({"authorization": "Bearer new"}, [])):
        with pytest.raises(SignatureRefused):
            connector.verify(Delivery(headers, b"", NOW), secrets)


def test_standard_webhooks_can_carry_any_body() -> None:
    connector = make_mapped(signature={"scheme": "standard-webhooks"})
    with pytest.raises(SignatureRefused):
        connector.verify(Delivery({}, b"{}", NOW), ["whsec_AAAA"])


def test_errors_have_the_line_of_the_programme(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.write("sources/desk.yaml", SOURCE)
    with pytest.raises(ProgrammeInvalid) as caught:
        make_connectors(load(bench.folder), email_alias)
    (problem,) = caught.value.problems
    assert (problem.line, problem.pointer) == (8, "/options/mapping/acts/0/data/topic/nmber")
    assert problem.message.startswith("unknown key 'nmber'; known are column, ")
    bench.replace("sources/desk.yaml", "nmber", "number")
    assert set(make_connectors(load(bench.folder), email_alias)) == {"desk"}


def test_options_as_a_programme_has_them() -> None:
    options = _deeply_frozen({"signature": HMAC, "mapping": MAPPING})
    connector = CONNECTORS["mapping"](Setup("desk", options, email_alias))
    assert connector.read(Delivery({}, json.dumps(SOLVED).encode(), NOW)) == read(SOLVED)


@pytest.mark.parametrize(
    ("change", "pointer", "reason"),
    [
        ({"acts": []}, "/mapping/acts", "one to 20"),
        ({"act": []}, "/mapping/act", "unknown key 'act'"),
        ({"source": "/x"}, "/mapping/source", "unknown key 'source'"),
        ({"each": "rows"}, "/mapping/each", "JSON Pointer"),
        ({"time_zone": "Mars"}, "/mapping/time_zone", "no time zone"),
        ({"acts": [{"type": "help", "id": "/id"}]}, "/mapping/acts/0", "'customer' is missing"),
        (
            {"acts": [{"type": "help", "id": "/id", "customer": {"alias": {"scheme": "x"}}}]},
            "/mapping/acts/0/customer",
            "'column' is missing",
        ),
        (
            {
                "acts": [
                    {
                        "type": "help",
                        "id": "/id",
                        "customer": {"alias": {"scheme": "email", "column": "/c"}},
                    }
                ]
            },
            "/mapping/acts/0/customer/alias/scheme",
            "hash_of",
        ),
        (
            {
                "acts": [
                    {
                        "type": "help",
                        "id": "/id",
                        "customer": "/c",
                        "when": {"column": "/t", "matches": "(a+)+$"},
                    }
                ]
            },
            "/mapping/acts/0/when/matches",
            "may try too much",
        ),
    ],
)
def test_errors_point_into_the_options(change: Any, pointer: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as caught:
        make_mapped(MAPPING | change)
    assert caught.value.pointer.startswith(pointer)
