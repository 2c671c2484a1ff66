"""From YAML to a mapping, and errors with the line that brought them about."""

import pytest
from jsonschema import Draft202012Validator

from services.events.history.shipped import mapping_text, shipped_names
from services.events.mapping.columns import Column, Field
from services.events.mapping.document import MAX_CHARACTERS, MappingError
from services.events.mapping.language import Sum
from services.events.mapping.parser import parse_mapping, schema
from tests.services.events.mapping.builders import LINES, hash_email, make_mapping


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_defaults() -> None:
    mapping = make_mapping()
    assert (mapping.file.kind, mapping.file.encoding, mapping.file.delimiter) == (
        *("csv", "utf-8-sig", ","),
    )
    assert mapping.numbers.decimal == "."
    assert mapping.times.patterns == ("iso",)


def test_fields_keep_their_line_and_what_they_take_for_empty() -> None:
    mapping = make_mapping(
        LINES.replace(
            "customer: customer",
            'customer: [{column: a, empty: ["0"]}, {hash_of: mail, optional: true}]',
        )
    )
    assert mapping.order.customer == Field(
        (
            Column("a", empty=frozenset({"0"}), line=6),
            Column("mail", alias=hash_email, optional=True, line=6),
        )
    )
    assert isinstance(mapping.order.total, Sum)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("source: /shop\n", "", 1, "'source' is missing"),
        ("GBP", "GBX", 2, "not a currency"),
        ("GBP", "pounds", 2, "currency"),
        ("/shop", "a b", 1, "no URI reference"),
        ("  time: time", "  tiem: time", 3, "'time' is missing"),
        ("  time: time", "  tiem: time\n  time: time", 5, "unknown key 'tiem'"),
        ("price: price", "prise: price", 7, "quantity and price, or amount"),
        (", price: price", "", 7, "quantity and price, or amount"),
        ('"^C"', '"("', 8, "no valid regular expression"),
        ('"^C"', '"' + "x" * 201 + '"', 8, "order.cancelled_when"),
        ('matches: "^C"', "filled: 1", 8, "order.cancelled_when"),
        ("id: id", "id: 7", 4, "a column"),
        ("source:", "encoding: hex\nsource:", 1, "no known text encoding"),
        ("source:", "time_zone: Europe/Atlantis\nsource:", 1, "no time zone"),
        ("source:", "time_zone: ../etc/passwd\nsource:", 1, "no time zone"),
        ("source:", "time_format: '%d/%m'\nsource:", 1, "year, month and day"),
        ("source:", "time_format: [iso, '%Q']\nsource:", 1, "time_format.1"),
        ("source:", "decimal: ','\nthousands: ','\nsource:", 2, "the same as the decimal sign"),
        ("source:", "format: xml\nsource:", 1, "csv (the default), jsonl or json"),
        ("source:", "format: csv\nformat: csv\nsource:", 2, "duplicate key"),
        ("  time: time", "  refund_time: x\n  time: time", 5, "needs order.refund"),
        ("source: /shop", "source: [", 3, "no valid YAML"),
    ],
)
def test_errors_name_the_line(old: str, new: str, line: int, reason: str) -> None:
    assert old in LINES
    with pytest.raises(MappingError) as caught:
        parse_mapping(LINES.replace(old, new), hash_email)
    assert any(
        problem.line == line and reason in problem.reason for problem in caught.value.problems
    ), str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "- a", "just words", "x" * (MAX_CHARACTERS + 1), "a: \x00", "{[1]: 2}"]
)
def test_what_is_no_mapping_at_all(text: str) -> None:
    with pytest.raises(MappingError):
        parse_mapping(text, hash_email)


def test_all_that_breaks_the_schema_is_told_at_once() -> None:
    with pytest.raises(MappingError) as caught:
        parse_mapping(LINES.replace("id: id", "id: 7").replace("time: time", "time: 8"), hash_email)
    assert [problem.line for problem in caught.value.problems] == [4, 5]


def test_missing_columns_are_told_with_their_line() -> None:
    with pytest.raises(MappingError) as caught:
        make_mapping().check_columns(["id", "time", "customer", "quantity"])
    assert str(caught.value) == "line 7: the file has no column 'price'"


def test_a_column_that_stands_twice_is_ambiguous() -> None:
    with pytest.raises(MappingError, match="more than one column 'price'"):
        make_mapping().check_columns(["id", "time", "customer", "quantity", "price", "price"])


def test_shipped_mappings_can_be_read() -> None:
    assert shipped_names() == [
        "online-retail",
        "orders-csv",
        "reviews-csv",
        "shopify-orders",
        "woocommerce-orders",
    ]
    for name in shipped_names():
        parse_mapping(mapping_text(name), hash_email)
