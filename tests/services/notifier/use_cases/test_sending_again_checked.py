"""At the moment of sending all is checked once more, and everything may have moved on."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.domain.delivery import Receipt
from services.notifier.domain.marks import Mark
from services.notifier.domain.message import Text
from services.notifier.domain.occasion import decision_id
from services.notifier.domain.wish import Wish, stop
from services.notifier.ports.channels import Letter
from services.notifier.ports.messages import Begin, Claim
from services.notifier.use_cases.leasing import LEASE
from services.notifier.use_cases.suppressing import Suppressing
from shared.clock import epoch_ms
from shared.contracts.messages import DELIVERED
from shared.messaging.ports import Record
from tests.services.notifier.builders import (
    DAY,
    TIME,
    case_record,
    customer_record,
    make_occasion,
    make_policy,
    scored,
)
from tests.services.notifier.parts import KEY, Letterbox, Parts, announced, read
from tests.services.notifier.use_cases.conftest import Opened
from tests.services.notifier.use_cases.looking import (
    ON_EACH_STORE,
    ONE_A_DAY,
    merging,
    messages,
    only_message,
    only_reason,
    reasons,
    standing,
)


@pytest.fixture
async def parts(opened: Opened) -> Parts:
    await opened[0].customers(customer_record())
    return opened[0]


async def _mark(parts: Parts, *marks: Mark) -> None:
    await parts.stores.customers.mark({"c-1": marks})


async def _night(parts: Parts) -> None:
    parts.clock.advance(timedelta(hours=10))


async def _suppress(parts: Parts) -> None:
    suppressing = Suppressing(parts.stores.suppressions, KEY, parts.clock)
    await suppressing.add([("email", "ada@example.org")], "complaint")


TAKEN_BACK = Mark(kind="withdrawn", key=decision_id("/shop", "1001"), opened=TIME)
CHANGES: dict[str, Callable[[Parts], Awaitable[Any]]] = {
    "no_address": lambda p: p.customers(customer_record(revision=2, email=None)),
    "consent_withdrawn": lambda p: p.prefer("c-1", stop(), "page"),
    "not_wanted_there": lambda p: p.prefer("c-1", Wish(channels=("sms",)), "page"),
    "address_suppressed": _suppress,
    "excluded": lambda p: p.customers(customer_record(revision=2, excluded="blocked")),
    "taken_back": lambda p: _mark(p, TAKEN_BACK),
    "open_case": lambda p: p.cases(case_record(is_open=True)),
    "pending_refund": lambda p: _mark(p, Mark(kind="refund", key="7", opened=TIME)),
    "late_parcel": lambda p: _mark(p, Mark(kind="promise", key="7", opened=TIME)),
    "paused_by_customer": lambda p: p.prefer("c-1", Wish(pause=TIME + DAY), "page"),
    "quiet_hours": _night,
}
HELD = {"open_case", "pending_refund", "late_parcel", "paused_by_customer", "quiet_hours"}


@ON_EACH_STORE
@pytest.mark.parametrize("reason", CHANGES)
async def test_what_changed_since_the_decision_counts(
    opened: Opened, parts: Parts, box: Letterbox, reason: str
) -> None:
    _, log = opened
    await parts.scored(scored(make_occasion()))
    await CHANGES[reason](parts)
    await parts.send()
    assert (box.letters, await messages(parts)) == ([], [])
    assert await only_reason(parts) == reason
    (person,) = (await parts.stores.customers.customers(["c-1"])).values()
    assert person.attention.charges == ()
    await parts.announce()
    told = [read(event).verdict for event in await announced(log) if "decided" in event.type]  # type: ignore[union-attr]
    assert told == ["thanked", "held" if reason in HELD else "suppressed"]


async def test_a_case_that_opens_before_sending_holds_the_thanks(
    parts: Parts, box: Letterbox
) -> None:
    await parts.scored(scored(make_occasion()))
    await parts.cases(case_record(is_open=True))
    await parts.send()
    assert (box.letters, await only_reason(parts)) == ([], "open_case")
    await parts.cases(case_record(is_open=False))
    await parts.decide_again()
    await parts.send()
    assert len(box.letters) == 1


@ON_EACH_STORE
async def test_what_went_along_is_decided_anew_without_its_lead(
    opened: Opened, parts: Parts, box: Letterbox
) -> None:
    parts = replace(parts, policy=make_policy(merging()))
    acts = [make_occasion("1001", day=-0.1), make_occasion("2"), make_occasion("3")]
    await parts.scored(*map(scored, acts))
    await _mark(parts, TAKEN_BACK)
    await parts.send()
    decided = await standing(parts)
    assert decided["1001"].reason == "taken_back"
    assert sorted(decided[id].verdict for id in ("2", "3")) == ["merged", "thanked"]
    (letter,) = box.letters
    assert {decided[id].message_id for id in ("2", "3")} == {letter.id}
    assert {m.id: m.status for m in await messages(parts)} == {letter.id: "sent"}


@ON_EACH_STORE
async def test_the_budget_is_looked_at_when_sending(
    opened: Opened, parts: Parts, box: Letterbox
) -> None:
    """Two were decided on as two people's, who turn out to be one."""
    parts = replace(parts, policy=make_policy(budget=ONE_A_DAY))
    await parts.customers(customer_record("c-2", email="b@example.org"))
    await parts.scored(scored(make_occasion("1")), scored(make_occasion("2", "c-2")))
    assert set((await reasons(parts)).values()) == {"rule_applies"}
    merged = customer_record("c-2", revision=2, merged_into="c-1", email=None, consents=())
    await parts.customers(merged)
    await parts.send()
    assert len(box.letters) == 1
    assert sorted((await reasons(parts)).values()) == ["over_budget", "rule_applies"]
    parts.clock.advance(timedelta(days=1))
    await parts.decide_again()
    await parts.send()
    assert len(box.letters) == 2


@ON_EACH_STORE
async def test_attention_that_moves_on_before_it_begins_stops_the_hand_over(
    opened: Opened, parts: Parts, box: Letterbox
) -> None:
    real = parts.stores.messages

    class Racing:
        raced = False

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        async def begin(self, begins: Any) -> Any:
            if not self.raced:
                self.raced = True
                await parts.scored(scored(make_occasion("other")))
            return await real.begin(begins)

    await parts.scored(scored(make_occasion()))
    racing: Any = Racing()
    other = replace(parts, stores=replace(parts.stores, messages=racing), gates={})
    assert await other.sender("email")()
    assert box.letters == []
    parts.clock.advance(timedelta(seconds=1))
    await parts.send()
    assert sorted(letter.order or "" for letter in box.letters) == ["1001", "1001"]
    assert len({letter.id for letter in box.letters}) == 2


@ON_EACH_STORE
async def test_attention_that_moves_on_before_it_ends_is_read_again(
    opened: Opened, parts: Parts
) -> None:
    class Racing(Letterbox):
        async def hand_over(self, letter: Letter) -> Receipt:
            await parts.scored(scored(make_occasion("other")))
            return Receipt("refused", "550")

    await parts.scored(scored(make_occasion()))
    other = replace(parts, channel=Racing())
    assert await other.sender("email")()
    found = {m.decision_id: m.status for m in await messages(parts)}
    first = decision_id("/shop", "1001")
    assert (found[first], len(found)) == ("failed", 2)
    assert await reasons(parts) == {"1001": "undeliverable", "other": "rule_applies"}
    (person,) = (await parts.stores.customers.customers(["c-1"])).values()
    assert len(person.attention.charges) == 1


@ON_EACH_STORE
@pytest.mark.parametrize(
    ("idempotent", "status", "letters"), [(False, "unknown", 0), (True, "sent", 1)]
)
async def test_an_attempt_that_broke_off_is_repeated_only_where_that_does_no_harm(
    opened: Opened, parts: Parts, box: Letterbox, idempotent: bool, status: str, letters: int
) -> None:
    box.idempotent = idempotent
    await parts.scored(scored(make_occasion()))
    text = Text("As it was", "Begun.\n", "en")
    await begin_and_die(parts, text)
    await parts.send()
    assert (await only_message(parts)).status == "sending"
    parts.clock.advance(LEASE)
    await parts.send()
    message = await only_message(parts)
    assert message.status == status
    assert message.code == (None if idempotent else "interrupted")
    assert [letter.text for letter in box.letters] == [text] * letters
    (person,) = (await parts.stores.customers.customers(["c-1"])).values()
    assert [charge.message for charge in person.attention.charges] == [message.id]


async def begin_and_die(parts: Parts, text: Text, lease: timedelta = LEASE) -> Claim:
    now = parts.clock.now()
    (claim,) = await parts.stores.messages.claim(
        "email", "dead", epoch_ms(now), epoch_ms(now + lease), 1
    )
    attention = claim.customer.attention
    begin = Begin(claim, text, attention.revision, attention.charges)
    assert list(await parts.stores.messages.begin([begin])) == [claim.message.id]
    return claim


async def test_an_attempt_that_broke_off_is_left_open_if_the_customer_says_no(
    parts: Parts, box: Letterbox
) -> None:
    box.idempotent = True
    await parts.scored(scored(make_occasion()))
    await begin_and_die(parts, Text("a", "b", "en"), timedelta())
    await parts.prefer("c-1", stop(), "page")
    await parts.send()
    assert ((await only_message(parts)).status, box.letters) == ("unknown", [])


@ON_EACH_STORE
async def test_what_may_have_arrived_is_never_taken_for_unsent(
    opened: Opened, parts: Parts, box: Letterbox
) -> None:
    """A time-out on an idempotent channel, then the customer says no before it is repeated."""
    parts = replace(parts, policy=make_policy(budget=ONE_A_DAY))
    box.idempotent = True
    box.answers = iter([Receipt("uncertain", "timeout"), Receipt("deferred", "busy")])
    await parts.scored(scored(make_occasion()))
    await parts.send()
    parts.clock.advance(timedelta(minutes=2))
    await parts.send()
    await parts.cases(case_record(is_open=True))
    parts.clock.advance(timedelta(minutes=10))
    await parts.send()
    message = await only_message(parts)
    assert (message.status, box.letters) == ("unknown", [])
    (person,) = (await parts.stores.customers.customers(["c-1"])).values()
    assert [charge.message for charge in person.attention.charges] == [message.id]


@ON_EACH_STORE
async def test_a_sender_that_lost_its_lease_hands_nothing_over(
    opened: Opened, parts: Parts, box: Letterbox
) -> None:
    real = parts.stores.messages

    class Late:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        async def begin(self, begins: Any) -> Any:
            parts.clock.advance(LEASE)
            await parts.send()
            return await real.begin(begins)

    await parts.scored(scored(make_occasion()))
    late: Any = Late()
    await replace(parts, stores=replace(parts.stores, messages=late)).sender("email")()
    assert len(box.letters) == 1
    assert ((await only_message(parts)).status, box.forgotten) == ("sent", [])


@ON_EACH_STORE
async def test_an_erasure_reaches_what_waits_and_what_was_sent(
    opened: Opened, parts: Parts, box: Letterbox
) -> None:
    _, log = opened
    await parts.scored(scored(make_occasion("sent")))
    await parts.send()
    await parts.scored(scored(make_occasion("waiting")))
    ids = {message.id for message in await messages(parts)}
    await parts.customers(Record(b"c-1", None))
    await parts.send()
    assert len(box.letters) == 1
    assert set(box.forgotten) == ids
    assert not await parts.stores.messages.claim("email", "t", 2**50, 2**51, 10)
    await parts.announce()
    assert not [event for event in await announced(log) if event.type == DELIVERED]


@ON_EACH_STORE
async def test_an_erasure_reaches_what_is_being_handed_over(opened: Opened, parts: Parts) -> None:
    class Slow(Letterbox):
        async def hand_over(self, letter: Letter) -> Receipt:
            await parts.customers(Record(b"c-1", None))
            return Receipt("taken")

    slow = Slow()
    await parts.scored(scored(make_occasion()))
    await replace(parts, channel=slow).send()
    assert len(slow.forgotten) == 1
    assert not await parts.stores.messages.claim("email", "t", 2**50, 2**51, 10)


async def test_any_channel_removes_what_an_erased_customer_leaves(
    parts: Parts, box: Letterbox
) -> None:
    other = Letterbox(route=replace(box.route, name="sms"))
    await parts.scored(scored(make_occasion()))
    (message,) = await messages(parts)
    await parts.customers(Record(b"c-1", None))
    both = replace(parts, more=(other,))
    await both.sender("sms")()
    assert (box.forgotten, other.forgotten) == ([message.id], [message.id])
    assert not await parts.stores.messages.claim("email", "t", 2**50, 2**51, 10)
