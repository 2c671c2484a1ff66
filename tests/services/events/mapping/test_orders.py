"""Lines to orders, orders to acts."""

import random
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.mapping.columns import Row
from services.events.mapping.plan import Plan, PlannedAct
from shared.contracts.acts import PURCHASE, REFUND
from tests.services.events.mapping.builders import (
    LINES,
    TOTALS,
    hash_email,
    make_line,
    make_mapping,
    make_total,
    plan_of,
)

NO_MONEY = "currency: a currency without minor unit, such as a metal, is no money"


def told(plan: Plan[PlannedAct]) -> list[tuple[str, str, str, str]]:
    """Id, customer, time and data of each act."""
    events = [act.event("/shop") for act in plan.acts]
    return [(e.id, str(e.subject), str(e.time), (e.data or b"").decode()) for e in events]


def only_reason(plan: Plan[PlannedAct]) -> str:
    """The one reason for which something was rejected."""
    reasons = [*plan.faulty_lines.values(), *(f.reason for f in plan.faulty_orders.values())]
    (reason,) = reasons
    return reason


def test_lines_with_one_id_form_one_order() -> None:
    rows = [make_line(), make_line(quantity="1", price="0.10", time="2026-01-05T09:00:00")]
    assert told(plan_of(make_mapping(), rows)) == [
        (
            "order-1",
            "c-1",
            "2026-01-05T09:00:00Z",
            '{"order_id":"1","total":"2.60","currency":"GBP"}',
        )
    ]


def test_repeated_lines_count_as_they_stand() -> None:
    (act,) = plan_of(make_mapping(), [make_line(), make_line()]).acts
    assert act.total == Decimal("5.00")


def test_a_cancellation_is_a_refund_without_order() -> None:
    assert told(plan_of(make_mapping(), [make_line(id="C7", quantity="-2")])) == [
        ("refund-C7", "c-1", "2026-01-05T10:00:00Z", '{"total":"2.50","currency":"GBP"}')
    ]


def test_a_cancellation_that_names_its_order() -> None:
    mapping = make_mapping(LINES, "  cancels: of\n")
    (act,) = plan_of(mapping, [make_line(id="C7", of="7")]).acts
    assert (act.type, act.order_id, act.total) == (REFUND, "7", Decimal("2.50"))


def test_an_order_below_zero_is_money_that_went_back() -> None:
    plan = plan_of(make_mapping(), [make_line(quantity="-1")])
    assert [act.id for act in plan.acts] == ["refund-1"]
    assert plan.tally.negative == 1


def test_an_order_of_nothing_is_an_order() -> None:
    (act,) = plan_of(make_mapping(), [make_line(price="0.0")]).acts
    assert (act.type, act.total) == (PURCHASE, Decimal(0))


def test_lines_without_a_customer_are_counted_and_nobody() -> None:
    rows = [make_line(customer=" "), make_line(customer=""), make_line(id="2")]
    plan = plan_of(make_mapping(), rows)
    count = plan.tally.left_out["without_customer"]
    assert (count.orders, count.lines) == (1, 2)
    assert plan.tally.customers == {"c-1"}
    assert plan.tally.lines == 3


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"price": "1,25"}, "price: not a number"),
        ({"price": ""}, "price: empty"),
        ({"time": "05.01.2026"}, "time: not a time in the format that the mapping names"),
        ({"time": "2026-06-02"}, "time: lies in the future"),
        ({"time": ""}, "time: empty"),
        ({"customer": "x" * 201}, "customer: a customer id has 1 to 200 characters"),
        (
            {"customer": "ann@example.com"},
            "customer: a customer id is not an e-mail address: use the shop's own id",
        ),
        ({"price": "0.3333"}, "total: GBP has at most 3 decimals"),
        ({"price": "9" * 30}, "total: more digits than money has"),
        ({"id": "x" * 181}, "id: an order id longer than 180 characters"),
        ({"id": ""}, "no order id"),
        ({"id": "1" * 4001}, "id: longer than 4000 characters"),
    ],
)
def test_a_line_that_cannot_be_read_is_rejected(cells: dict[str, str], reason: str) -> None:
    plan = plan_of(make_mapping(), [make_line(**cells)])
    assert only_reason(plan) == reason
    assert not plan.acts
    assert plan.tally.lines == 1


def test_a_bad_line_takes_its_whole_order_with_it() -> None:
    rows = [make_line(), make_line(id="2"), make_line(price="?"), make_line()]
    plan = plan_of(make_mapping(), rows)
    assert [act.id for act in plan.acts] == ["order-2"]
    assert (plan.tally.rejected.orders, plan.tally.rejected.lines) == (1, 3)
    fault = plan.faulty_orders["1"]
    assert fault.at(4) == "price: not a number"
    assert fault.at(2) == "the order is left out because of line 4: price: not a number"


def test_two_customers_in_one_order_are_a_fault() -> None:
    plan = plan_of(make_mapping(), [make_line(), make_line(customer="c-2")])
    assert only_reason(plan) == "lines of the order name different customers"


def test_a_total_stands_once_or_alike_on_each_line() -> None:
    rows = [make_total(), make_total(total="10"), {"id": "1"}]
    plan = plan_of(make_mapping(TOTALS), rows)
    assert told(plan)[0][3] == '{"order_id":"1","total":"10.00","currency":"EUR"}'
    plan = plan_of(make_mapping(TOTALS), [*rows, make_total(total="11")])
    assert only_reason(plan) == "lines of the order name different totals"


def test_a_refund_stands_beside_its_purchase() -> None:
    plan = plan_of(make_mapping(TOTALS), [make_total(refunded="-4.00", status="Refunded")])
    assert [(act.id, act.order_id, act.total) for act in plan.acts] == [
        ("order-1", "1", Decimal(10)),
        ("refund-1", "1", Decimal(4)),
    ]
    assert plan.tally.sums == {(PURCHASE, "EUR"): 10, (REFUND, "EUR"): 4}


@pytest.mark.parametrize("refunded", ["", "0", "0.00"])
def test_no_refund(refunded: str) -> None:
    plan = plan_of(make_mapping(TOTALS), [make_total(refunded=refunded)])
    assert [act.type for act in plan.acts] == [PURCHASE]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [({"status": "pending"}, "not_paid"), ({"status": ""}, "not_paid"), ({"test": "x"}, "skipped")],
)
def test_orders_that_are_left_out_are_counted(cells: dict[str, str], reason: str) -> None:
    plan = plan_of(make_mapping(TOTALS), [make_total(**cells)])
    assert not plan.acts
    counted = {key: count.orders for key, count in plan.tally.left_out.items()}
    assert counted == {key: int(key == reason) for key in counted}


def test_a_state_that_contradicts_itself_is_a_fault() -> None:
    plan = plan_of(make_mapping(TOTALS), [make_total(), make_total(status="pending")])
    assert "contradict" in only_reason(plan)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"currency": ""}, "the order has no currency"),
        ({"currency": "Euro"}, "currency: not a currency of ISO 4217"),
        (
            {"currency": "XAU"},
            NO_MONEY,
        ),
        ({"currency": "JPY", "total": "9.50"}, "total: JPY has at most 0 decimals"),
        ({"total": ""}, "the order has no total"),
    ],
)
def test_money_that_is_none(cells: dict[str, str], reason: str) -> None:
    assert only_reason(plan_of(make_mapping(TOTALS), [make_total(**cells)])) == reason


def test_a_document_is_a_row() -> None:
    mapping = make_mapping("""\
        source: /shop
        currency: {column: /money/currency}
        order:
          id: id
          time: /dates/0
          customer: {hash_of: /billing/email}
          total: /money/total
    """)
    document: Row = {
        "id": 17,
        "dates": ["2026-01-05T10:00:00Z"],
        "billing": {"email": "ANN@example.com"},
        "money": {"currency": "EUR", "total": Decimal("9.5")},
    }
    (act,) = plan_of(mapping, [document]).acts
    assert (act.id, act.total) == ("order-17", Decimal("9.50"))
    assert act.customer == hash_email("ann@example.com")
    assert only_reason(plan_of(mapping, [{**document, "money": []}])) == "the order has no total"


def test_products_only_where_asked_and_only_so_many() -> None:
    more = "  products: {product_id: sku, quantity: quantity, price: price, limit: 2}\n"
    mapping = make_mapping(LINES, more)
    rows = [make_line(sku="b"), make_line(sku="a"), make_line(id="2", sku="a")]
    first, second = plan_of(mapping, rows).acts
    assert [product.product_id for product in first.products] == ["a", "b"]
    assert b'"products":[{"product_id":"a","price":"1.25","quantity":"2"}]' in (
        second.event("/shop").data or b""
    )
    plan = plan_of(mapping, [*rows, make_line(sku="c")])
    assert plan.acts[0].products == ()
    assert plan.tally.without_products == 1


lines = st.builds(
    make_line,
    id=st.sampled_from(["1", "2", "C3"]),
    time=st.sampled_from(["2026-01-05T10:00:00", "2026-01-04", "2026-02-01T00:00:00+05:00"]),
    customer=st.sampled_from(["c-1", "c-1", "c-1", "", "c-2"]),
    quantity=st.integers(-50, 50).map(str),
    price=st.decimals(0, 100, places=2).map(str) | st.just("bad"),
)


@given(st.lists(lines, max_size=12), st.randoms())
def test_a_shuffled_file_gives_the_same_events(rows: list[Row], chance: random.Random) -> None:
    mapping = make_mapping(LINES, "  products: {quantity: quantity, price: price}\n")
    shuffled = list(rows)
    chance.shuffle(shuffled)
    plan, again = plan_of(mapping, rows), plan_of(mapping, shuffled)
    assert told(plan) == told(again)
    assert plan.tally == again.tally
    assert plan.faulty_orders.keys() == again.faulty_orders.keys()
    assert plan.tally.lines == len(rows)


@given(st.lists(lines, max_size=12))
def test_the_sum_is_exact(rows: list[dict[str, str]]) -> None:
    for act in plan_of(make_mapping(), rows).acts:
        parts = [row for row in rows if row["id"] == act.id.partition("-")[2]]
        total = sum((Decimal(row["quantity"]) * Decimal(row["price"]) for row in parts), Decimal(0))
        assert act.total == abs(total)
        assert act.type == (REFUND if total < 0 or act.id.endswith("C3") else PURCHASE)


def test_no_floats_on_the_way() -> None:
    rows = [make_line(quantity="3", price="0.1")] * 3
    data = plan_of(make_mapping(), rows).acts[0].event("/shop").data or b""
    assert msgspec.json.decode(data)["total"] == "0.90"
