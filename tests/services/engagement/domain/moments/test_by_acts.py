"""Firsts, nth, comebacks and bad experiences."""

from dataclasses import replace

from services.engagement.domain import ledger
from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.moments import Observer
from services.engagement.domain.moments.rules import Risk
from tests.services.engagement.domain.moments.world import (
    EVERYTHING,
    FORMULA,
    NOTHING,
    World,
    change_of,
    day,
    entry,
)

RISK = Risk(frozenset(("complaint",)), 0.3, True, None, 30 * DAY_MS)
AT_RISK = replace(NOTHING, at_risk=RISK)


def test_the_first_contact_and_the_first_of_a_kind() -> None:
    world = World(replace(NOTHING, contact=True, firsts=frozenset(("purchase",))))
    world.tell(1, entry("help", on=1), entry("visit", on=0))
    assert [(m.name, m.time, m.act and m.act.id) for m in world.moments.values()] == [
        ("contact", day(0), "visit-0")
    ]
    (moment,) = world.tell(3, entry(on=3, id="b"), entry(on=2, id="a"))
    assert (moment.kind, moment.name, moment.act and moment.act.id) == ("first", "purchase", "a")
    assert moment.act is not None
    assert (moment.act.source, moment.act.type) == ("/shop", "io.requite.act.purchase.v1")
    assert world.tell(4, entry(on=4), entry("help", on=4)) == []


def test_what_was_taken_back_before_or_earns_nothing_for_staff_is_no_first() -> None:
    world = World(replace(NOTHING, contact=True, firsts=frozenset(("purchase",))))
    world.tell(0, entry(note=ledger.WITHDRAWN), entry("help", note=ledger.EXCLUDED))
    world.tell(0, entry("withdrawal", withdraws="/shop x"))
    assert world.moments == {}
    world.tell(1, entry(on=1))
    assert sorted(world.names("first")) == ["contact", "purchase"]


def test_a_first_that_was_taken_back_stays_and_does_not_come_again() -> None:
    world = World(replace(NOTHING, firsts=frozenset(("purchase",))))
    first = entry()
    assert len(world.tell(0, first)) == 1
    back = entry("withdrawal", on=1, withdraws=first.key)
    change = change_of([back])
    change.count("purchase", -1)
    assert world.profile is not None
    observed = Observer(FORMULA, world.rules, day(1)).observe(world.profile, change, [back])
    world.profile = replace(world.profile, acts={}, watch=observed.watch)
    assert world.tell(2, entry(on=2)) == []
    assert len(world.moments) == 1


def test_the_nth_by_arrival_also_within_a_batch() -> None:
    world = World(replace(NOTHING, nth={"purchase": (2, 3, 5)}))
    world.tell(0, entry(on=0))
    second, third = world.tell(4, *(entry(on=on) for on in (1, 2, 3)))
    assert (second.number, second.time) == (2, day(1))
    assert (third.number, third.time) == (3, day(2))
    world.tell(5, entry(on=5, note=ledger.ORDER_REPEATED))
    (fifth,) = world.tell(6, entry(on=6))
    assert (fifth.number, fifth.name) == (5, "purchase")


def test_a_comeback_is_the_first_act_after_a_lapse() -> None:
    world = World(replace(NOTHING, comeback_after=90 * DAY_MS))
    assert world.tell(0, entry(on=0)) == []
    assert world.tell(89, entry(on=89)) == []
    (moment,) = world.tell(180, entry(on=180), entry("help", on=179.5))
    assert (moment.kind, moment.name, moment.number) == ("comeback", "help", 90)
    assert world.tell(181, entry(on=181)) == []


def test_an_order_that_is_taken_back_brings_nobody_back() -> None:
    formula = replace(FORMULA, rules={})
    assert formula.orders == {"purchase": "purchase"}
    world = World(replace(NOTHING, comeback_after=90 * DAY_MS), formula)
    object.__setattr__(formula, "orders", {"purchase": "purchase", "refund": "purchase"})
    world.tell(0, entry(on=0))
    assert world.tell(100, entry("refund", on=100, points=-5)) == []


def test_a_bad_experience_counts_from_a_level_on_and_once_a_month() -> None:
    world = World(AT_RISK)
    assert world.tell(0, entry("complaint", points=1)) == []
    world.tell(1, entry(on=1, points=30))
    (complaint,) = world.tell(2, entry("complaint", on=2, points=1))
    assert (complaint.kind, complaint.name) == ("at_risk", "complaint")
    assert world.tell(3, entry("answer", on=3, points=1, rating=0.0)) == []
    (late,) = world.tell(33, entry("delivery", on=33, points=0, kept_promise=False))
    assert late.name == "delivery"
    world.tell(70, entry("review", on=70, points=1, rating=0.31))
    world.tell(70, entry("delivery", on=70, points=1, kept_promise=True))
    (rated,) = world.tell(70, entry("answer", on=70, points=1, rating=0.3))
    assert rated.act is not None
    assert rated.act.type == "io.requite.feedback.answered.v1"


def test_what_older_acts_bring_is_kept_but_announced_to_nobody() -> None:
    world = World(replace(EVERYTHING, anniversaries_at=None))
    history = [entry(on=on, points=30, id=str(on)) for on in (0, 200, 201)]
    assert world.tell(300, *history, entry("complaint", on=250)) == []
    kinds = {(one.kind, one.name, one.number) for one in world.moments.values()}
    assert {("first", "contact", None), ("nth", "purchase", 3)} < kinds
    assert {("comeback", "purchase", 200), ("level_reached", "friend", None)} < kinds
    assert "at_risk" not in {one.kind for one in world.moments.values()}
    assert world.told == []


def test_nothing_is_noticed_where_everything_is_off() -> None:
    world = World(NOTHING, replace(FORMULA, demotion=None))
    world.tell(0, *(entry(on=on, points=50, id=str(on)) for on in (0, 1, 400)))
    assert world.moments == {}
    assert world.watch.due is None
    assert world.level == "ally"
