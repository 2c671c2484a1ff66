"""acts/: a shop's own act in YAML alone, and every fault of one with its line."""

import pytest

from shared.programme.loader import load
from tests.shared.programme.small import Bench

OWN, PURCHASE = "acts/tasting_hosted.yaml", "acts/purchase.yaml"
TEXT = """\
title: Tasting hosted
description: The customer had guests for a tasting.
payload:
  type: object
  required: [guests]
  properties:
    guests: {type: integer, minimum: 1, maximum: 50}
    teas: {type: array, items: {type: string, maxLength: 50}}
    spent: {type: [string, number], format: decimal}
    share: {type: number, minimum: 0.5}
    mood: {type: string, enum: [cheerful, quiet]}
    order_id: {type: string, maxLength: 100}
example:
  guests: 5
  teas: [assam]
  spent: "9.50"
  share: 0.75
  mood: quiet
  order_id: "1001"
"""

SCHEMA = [
    ("title: Tasting hosted\n", "", "1:1: 'title' is missing"),
    ("  type: object", "  type: array", "4:3: /payload/type: must be object: the data"),
    ("minimum: 1,", "minimun: 1,", "7:29: /payload/properties/guests/minimun: unknown key. Did y"),
    ("minimum: 1,", "multipleOf: 1,", "7:29: /payload/properties/guests/multipleOf: unknown key."),
    ("minimum: 1,", "minLength: 1,", "7:29: /payload/properties/guests/minLength: unknown key."),
    ("minimum: 1,", "minimum: 0.5,", "7:29: /payload/properties/guests/minimum: must be a whole"),
    (
        "minimum: 1,",
        "minimum: 1, exclusiveMinimum: 2,",
        "7:5: /payload/properties/guests: must have one of minimum and exclusiveMinimum",
    ),
    ("type: integer", "type: int", "7:14: /payload/properties/guests/type: must be one of the t"),
    ("type: integer", "$ref: x", "7:5: /payload/properties/guests: 'type' is missing"),
    ("items: {type: string, maxLength: 50}", "maxItems: 3", "8:5: /payload/properties/teas: 'ite"),
    ("maxLength: 50", "pattern: '['", "8:47: /payload/properties/teas/items/pattern: must be a re"),
    ("maxLength: 50", "format: email", "8:47: /payload/properties/teas/items/format: must be one"),
    (", format: decimal", "", "9:5: /payload/properties/spent: 'format' is missing"),
    ("number], format: dec", "integer], format: dec", "9:13: /payload/properties/spent/type: must"),
    ("enum: [cheerful, quiet]", "enum: []", "11:26: /payload/properties/mood/enum: must not be"),
    ("quiet]}", "quiet], minLength: 1}", "11:51: /payload/properties/mood/minLength: unknown key"),
    ("    guests: {", "    guest-s: {", "7:5: /payload/properties/guest-s: the key must be a name"),
]
RULES = [
    (
        "[guests]",
        "[guest]",
        "5:14: /payload/required/0: 'guest' is not in properties. Did you mean",
    ),
    ("{type: string, maxLength: 100}", "{type: integer}", "12:5: /payload/properties/order_id"),
    (", maxLength: 100", "", "12:5: /payload/properties/order_id: means the same in every act: it"),
    ("maxLength: 100", "maxLength: 501", "12:5: /payload/properties/order_id: means the same in"),
    ("mood: {type: string, enum: [cheerful, quiet]}", "channel: {type: string}", "11:5: /payload/"),
    ("spent: {", "total: {", "9:5: /payload/properties/total: an amount needs a currency beside"),
    (
        "mood: {type: string, enum: [cheerful, quiet]}",
        "updated_at: {type: string}",
        "11:5: /payload/properties/updated_at: means the same in every act: it must be a time",
    ),
    (
        "mood: {type: string, enum: [cheerful, quiet]}",
        "products: {type: array, items: {type: object, properties: {price: {type: number}}}}",
        "11:64: /payload/properties/products/items/properties/price: means the same in every act",
    ),
    (
        "mood: {type: string, enum: [cheerful, quiet]}",
        "products: {type: array, items: {type: object, properties: "
        "{price: {type: [string, number], format: decimal}}}}",
        "11:64: /payload/properties/products/items/properties/price: needs a currency",
    ),
    (
        "mood: {type: string, enum: [cheerful, quiet]}",
        "products: {type: array, items: {type: object, properties: "
        "{cost: {type: [string, number], format: decimal}}}}",
        "11:64: /payload/properties/products/items/properties/cost: needs a currency",
    ),
    (
        "mood: {type: string, enum: [cheerful, quiet]}",
        "margin: {type: [string, number], format: decimal}",
        "11:5: /payload/properties/margin: is a part of the total: give the act one",
    ),
    (
        "mood: {type: string, enum: [cheerful, quiet]}",
        "margin: {type: integer}",
        "11:5: /payload/properties/margin: means the same in every act: it must be an exact",
    ),
    ("  guests: 5", "  guests: 51", "14:3: /example/guests: Expected `int` <= 50"),
    ("  guests: 5\n", "", "13:1: /example: 'guests' is missing: an example has every member"),
    ("[assam]", "[7]", "15:10: /example/teas/0: Expected `str`, got `int`"),
    ("mood: quiet", "mood: loud", "18:3: /example/mood: Invalid enum value that"),
    ('"9.50"', "9.5.0", "16:3: /example/spent: Expected a decimal number such as 42.50"),
]
PURCHASES = [
    ("[order_id, total, currency]", "[order_id, total]", "/payload/required: must have currency"),
    ("[order_id, total, currency]", "[total, currency]", "/payload/required: must have order_id"),
    (
        "updated_at:\n      type",
        "changed_at:\n      type",
        "'updated_at' is missing: services rely",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), SCHEMA + RULES)
def test_a_fault_has_its_line(bench: Bench, old: str, new: str, expected: str) -> None:
    assert TEXT.count(old) == 1
    bench.write(OWN, TEXT.replace(old, new))
    told = bench.problems()
    assert [line for line in told if line.startswith(f"{OWN}:{expected}")], told
    assert all(line.startswith(f"{OWN}:") for line in told), told


@pytest.mark.parametrize(("old", "new", "expected"), PURCHASES)
def test_what_services_rely_on_stays(bench: Bench, old: str, new: str, expected: str) -> None:
    bench.replace(PURCHASE, old, new)
    told = bench.problems()
    assert [line for line in told if line.startswith(f"{PURCHASE}:") and expected in line], told


def test_an_act_that_services_make_is_missing(bench: Bench) -> None:
    (bench.folder / "acts/withdrawal.yaml").unlink()
    assert bench.problems() == [
        "acts/withdrawal.yaml:1:1: is missing: services make or handle this act themselves"
    ]


def test_an_answer_is_no_act_of_the_folder(bench: Bench) -> None:
    bench.write("acts/answer.yaml", TEXT)
    assert bench.problems() == [
        "acts/answer.yaml:1:1: answers come from surveys: choose another name"
    ]


def test_nobody_is_blamed_for_a_broken_act(bench: Bench) -> None:
    bench.replace("acts/help.yaml", "title: Help", "titel: Help")
    assert {line.split(":")[0] for line in bench.problems()} == {"acts/help.yaml"}


def test_an_act_of_the_shop_is_scored_and_thanked(bench: Bench) -> None:
    bench.write(OWN, TEXT)
    rule = "  tasting_hosted:\n    dimension: community\n    points: 5\nlevels:"
    bench.replace("scoring.yaml", "levels:", rule)
    bench.write("thanks/tasting.yaml", "on: tasting_hosted\ntemplate: thanks\nchannels: [email]\n")
    bench.write(
        "templates/en/thanks.txt.j2",
        "Subject: Thanks\nAlso: hosting\n\nFor the {{ act.guests }} guests.\n",
    )
    act = load(bench.folder).acts["tasting_hosted"]
    assert act.type == "io.requite.act.tasting_hosted.v1"
    assert act.example["guests"] == 5
    assert act.schema["properties"]["share"]["minimum"] == 0.5
    bench.write("templates/en/thanks.txt.j2", "Subject: Thanks\nAlso: x\n\n{{ act.mood }}.\n")
    assert bench.problems() == [
        "templates/en/thanks.txt.j2:4:1: on a sample of 'tasting_hosted': "
        "'dict object' has no attribute 'mood'"
    ]


def test_hyphens_are_for_other_rooms(bench: Bench) -> None:
    bench.write("acts/tasting-hosted.yaml", TEXT)
    (told,) = bench.problems()
    assert "underscores for acts" in told
