"""Rows that stand for themselves, to acts."""

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.mapping.columns import Row
from services.events.mapping.document import MappingError
from services.events.mapping.parser import parse_mapping
from services.events.mapping.telling import Told, tell
from shared.errors import Invalid
from tests.services.events.mapping.builders import LINES, hash_email, make_acts_mapping, told_by

DESK = """\
source: /import/desk
decimal: ","
time_format: ["%d.%m.%Y", iso]
time_zone: Europe/Berlin
acts:
  - when: {column: status, one_of: [solved]}
    type: help
    id: ticket
    customer: {alias: {scheme: "zendesk:desk", column: agent}}
    time: closed
    channel: {column: via}
    data:
      topic: subject
      helped: {hash_of: requester}
  - when: {column: stars, filled: true}
    type: review
    id: {join: [ticket, stars]}
    customer: [{column: customer, empty: ["-"]}, {hash_of: requester}]
    time: closed
    data: {rating: {number: stars}, product_id: {value: desk}}
"""


def make_ticket(**cells: object) -> dict[str, object]:
    return {
        "ticket": "17",
        "status": "solved",
        "agent": "8",
        "closed": "03.02.2026",
        "via": "phone",
        "subject": "Kettle",
        "requester": "anna@example.com",
        "customer": "-",
        "stars": "",
    } | cells


def only_act(mapping: str, row: Row) -> tuple[str, str | None, str | None, Any]:
    """Id, subject, time and payload."""
    (event,) = tell(make_acts_mapping(mapping), row).events
    return event.id, event.subject, event.time, json.loads(event.data or b"")


def test_a_row_tells_the_acts_whose_condition_holds() -> None:
    mapping = make_acts_mapping(DESK)
    help_, review = tell(mapping, make_ticket(stars="4")).events
    assert (help_.id, help_.type) == ("help-17", "io.requite.act.help.v1")
    assert (help_.source, help_.subject) == ("/import/desk", "zendesk:desk:8")
    assert help_.time == "2026-02-02T23:00:00Z"
    assert json.loads(help_.data or b"") == {
        "topic": "Kettle",
        "helped": hash_email("anna@example.com"),
        "channel": "phone",
    }
    assert (review.id, review.subject) == ("review-17-4", hash_email("anna@example.com"))
    assert json.loads(review.data or b"") == {"rating": 4, "product_id": "desk"}
    assert tell(mapping, make_ticket(status="open")) == Told()
    assert tell(mapping, make_ticket(agent="")).nobody == "/agent"


@pytest.mark.parametrize(
    ("value", "cell", "said"),
    [
        ("{number: x}", "1.234,5", None),
        ("{number: x}", "4,0", 4),
        ("{number: x}", "-0,25", -0.25),
        ("{amount: x}", "42,50", "42.50"),
        ("{amount: x}", "-7", "-7"),
        ("{time: x}", "2026-02-03T10:00:00Z", "2026-02-03T10:00:00Z"),
        ("{value: true}", "", True),
        ("{value: 1.50}", "", 1.5),
        ("{value: 3}", "", 3),
        ("[x, subject]", "", "Kettle"),
        ("x", " a ", "a"),
        ("{alias: {scheme: order:shop, column: x}}", "1001", "order:shop:1001"),
    ],
)
def test_values(value: str, cell: str, said: Any) -> None:
    text = DESK.replace("topic: subject", f"topic: {value}")
    row = make_ticket(x=cell)
    if said is None:
        with pytest.raises(Invalid, match="not a number"):
            only_act(text, row)
        return
    told = only_act(text, row)[3]["topic"]
    assert told == said
    assert type(told) is type(said)


@pytest.mark.parametrize("number", [10**30, Decimal("1E+35"), 2**63, -(2**64), Decimal("0.1")])
def test_numbers_of_a_document_are_exact(number: Any) -> None:
    text = DESK.replace("topic: subject", "topic: {number: x}")
    (event,) = tell(make_acts_mapping(text), make_ticket(x=number)).events
    exact = json.loads(event.data or b"", parse_float=Decimal)["topic"]
    assert exact == number


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"ticket": ""}, "ticket: empty: it tells the act from others"),
        ({"ticket": "x" * 181}, "an order id longer than 180 characters"),
        ({"agent": "a@b"}, "agent: a customer id is not an e-mail address"),
        ({"closed": "3 Feb"}, "closed: not a time in the format"),
        ({"closed": "2027-01-01"}, "time: lies in the future"),
        ({"closed": ""}, "closed: empty"),
        ({"via": "telepathy"}, "channel"),
        ({"stars": "6"}, "rating"),
        ({"stars": "x"}, "stars: not a number"),
        ({"subject": "x" * 4001}, "subject: longer than 4000 characters"),
        ({"subject": "\ud800"}, "lone surrogate"),
    ],
)
def test_a_row_that_can_not_be_read_is_rejected(cells: dict[str, str], reason: str) -> None:
    plan = told_by(make_acts_mapping(DESK), [make_ticket(**cells), make_ticket(ticket="18")])
    assert reason in plan.faulty_lines[2]
    assert [act.id for act in plan.acts] == ["help-18"]
    assert plan.tally.lines == 2


def test_every_row_is_counted_once() -> None:
    rows = [
        make_ticket(),
        make_ticket(),
        make_ticket(ticket="18", agent=""),
        make_ticket(ticket="19", status="open"),
        make_ticket(ticket="20", closed="?"),
        make_ticket(ticket="21", stars="5"),
    ]
    plan = told_by(make_acts_mapping(DESK), rows)
    tally = plan.tally
    assert [act.id for act in plan.acts] == ["help-17", "help-21", "review-21-5"]
    assert [act.line for act in plan.acts] == [2, 7, 7]
    assert (tally.taken.lines, tally.rejected_lines, tally.lines) == (2, 1, 6)
    left_out = {reason: count.lines for reason, count in tally.left_out.items() if count.lines}
    assert left_out == {"repeated": 1, "without_customer": 1, "skipped": 1}
    assert tally.numbers["io.requite.act.help.v1", ""] == 2
    assert not tally.sums


@given(st.integers(0, 999))
def test_the_sequence_of_rows_does_not_matter(seed: int) -> None:
    rows = [make_ticket(ticket=str(n), closed=f"{n}.02.2026") for n in range(1, 9)]
    mapping = make_acts_mapping(DESK)
    expected = [act.told for act in told_by(mapping, rows).acts]
    random.Random(seed).shuffle(rows)
    assert [act.told for act in told_by(mapping, rows).acts] == expected


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("  - when", "  - whn", 6, "unknown key 'whn'"),
        ("    type: help\n", "", 6, "'type' is missing"),
        ("type: help", "type: Help", 7, "short name"),
        (
            "    time: closed\n    channel",
            "    channel",
            6,
            "'time' is missing: a file tells of the",
        ),
        ("id: ticket\n", "id: 7\n", 8, "acts.0.id"),
        ("id: {join: [ticket, stars]}", "id: {join: []}", 17, "acts.1.id"),
        ("zendesk:desk", "Zendesk", 9, "what the alias begins with"),
        ("zendesk:desk", "phone", 9, "hash_of"),
        ("{column: via}", "telepathy", 11, "web, app, shop, phone"),
        ("topic: subject", "Topic: subject", 13, "a field's name"),
        ("topic: subject", "topic: {nmber: subject}", 13, "unknown key 'nmber'"),
        ("topic: subject", "topic: {optional: true}", 13, "one of column, number, amount, time"),
        ("topic: subject", "topic: {number: a, amount: b}", 13, "one of column, number"),
        ("topic: subject", "topic: {value: [1]}", 13, "a text, number, true or false"),
        ("topic: subject", "channel: subject", 13, "said twice"),
        ("one_of: [solved]", "matches: '(a+)+'", 6, "may try too much"),
        ("acts:", "currency: EUR\nacts:", 5, "either order or acts"),
        ("acts:", "each: /rows\nacts:", 5, "is for format: json"),
        ("acts:", "format: json\neach: rows\nacts:", 6, "JSON Pointer"),
    ],
)
def test_errors_name_the_line(old: str, new: str, line: int, reason: str) -> None:
    assert old in DESK
    with pytest.raises(MappingError) as caught:
        parse_mapping(DESK.replace(old, new, 1), hash_email)
    assert any(
        problem.line == line and reason in problem.reason for problem in caught.value.problems
    ), str(caught.value)


def test_hash_of_needs_the_key() -> None:
    text = LINES.replace("customer: customer", "customer: {hash_of: mail}")
    with pytest.raises(MappingError, match="REQUITE_PSEUDONYM_KEY") as caught:
        parse_mapping(text, None)
    assert caught.value.problems[0].line == 6
    parse_mapping(LINES, None)


def test_hostile_mappings_are_refused() -> None:
    bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
    for text in (bomb + DESK, DESK + "acts: []\n", DESK.replace("help", "h" * 101), "[" * 60_000):
        with pytest.raises(MappingError):
            parse_mapping(text, hash_email)
