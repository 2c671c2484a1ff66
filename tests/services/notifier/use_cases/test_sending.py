"""From a decision to a letter, whatever the channel answers."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from services.notifier.domain.breaker import FAULTS
from services.notifier.domain.delivery import RETRY_AFTER, Receipt
from services.notifier.domain.message import Message
from services.notifier.domain.policy import Route
from services.notifier.use_cases.gatekeeping import Gatekeeper
from services.notifier.use_cases.retention import TEXTS_FOR, ForgetTexts
from shared.clock import epoch_ms
from shared.contracts.customers import Consent
from shared.contracts.messages import DELIVERED, Delivered
from shared.links import SurveyLink, read_survey_link
from tests.services.notifier.builders import (
    GRANTED,
    NOW,
    SECRET,
    TIME,
    TRACE,
    customer_record,
    make_occasion,
    make_policy,
    make_ref,
    make_rule,
    scored,
)
from tests.services.notifier.parts import Letterbox, Parts, announced, read
from tests.services.notifier.use_cases.conftest import Opened
from tests.services.notifier.use_cases.looking import (
    ON_EACH_STORE,
    merging,
    messages,
    only_message,
    only_reason,
    reasons,
    standing,
)

AWAY = Receipt("deferred", "connect", fault="provider")


@pytest.fixture
async def parts(opened: Opened) -> Parts:
    await opened[0].customers(customer_record())
    return opened[0]


@ON_EACH_STORE
async def test_thanks_arrive_and_others_know(opened: Opened, parts: Parts, box: Letterbox) -> None:
    _, log = opened
    await parts.scored(scored(make_occasion(day=-0.5)))
    await parts.send()
    (letter,) = box.letters
    assert (letter.to, letter.name, letter.time) == ("ada@example.org", "Ada", NOW)
    assert (letter.customer, letter.purpose, letter.order) == ("c-1", "thanks", "1001")
    assert letter.text.subject == "Thank you for 1001"
    assert letter.text.body.startswith("Hello Ada, it is number 1001.\n")
    assert letter.preferences_url.startswith("https://shop.example/u/")
    message = await only_message(parts)
    assert (message.status, message.attempts, message.text) == ("sent", 1, letter.text)
    assert parts.observed == [("thanks", 12 * 3600.0)]
    await parts.announce()
    (told,) = [event for event in await announced(log) if event.type == DELIVERED]
    assert (told.subject, told.extensions) == ("c-1", {"traceparent": TRACE})
    assert read(told) == Delivered(message_id=letter.id, channel="email", outcome="sent")
    before = len(await announced(log))
    await parts.announce()
    assert len(await announced(log)) == before


async def test_a_survey_link_says_who_is_asked_about_what(parts: Parts, box: Letterbox) -> None:
    await parts.scored(scored(make_occasion()))
    await parts.send()
    (letter,) = box.letters
    url = urlsplit(next(line for line in letter.text.body.splitlines() if "/s/" in line))
    assert (url.scheme, url.netloc) == ("https", "shop.example")
    link = read_survey_link(SECRET, url.path.removeprefix("/s/"), NOW)
    expires = NOW + timedelta(days=60)
    assert link == SurveyLink("c-1", "order", expires, letter.id, make_ref())


async def test_no_survey_for_those_who_refuse_surveys_or_where_there_is_none(
    parts: Parts, box: Letterbox
) -> None:
    refused = Consent(purpose="survey", channel="email", state="withdrawn", time=GRANTED.time)
    await parts.scored(scored(make_occasion("decided before")))
    await parts.customers(customer_record(revision=2, consents=(GRANTED, refused)))
    await parts.scored(scored(make_occasion("decided after")))
    await parts.send()
    other = replace(parts, policy=make_policy(make_rule(survey=None)))
    await other.customers(customer_record("c-2"))
    await other.scored(scored(make_occasion("none", "c-2")))
    await other.send()
    assert len(box.letters) == 3
    assert not any("/s/" in letter.text.body for letter in box.letters)


@pytest.mark.parametrize(
    ("locale", "language"), [("fr-CA", "fr"), ("fr", "fr"), ("de", "en"), (None, "en")]
)
async def test_the_language_is_the_customers_or_the_programmes(
    parts: Parts, box: Letterbox, locale: str | None, language: str
) -> None:
    # In the French of Canada it is still night.
    parts = replace(parts, policy=make_policy(quiet_hours="never"))
    await parts.customers(customer_record(revision=2, locale=locale))
    await parts.scored(scored(make_occasion()))
    await parts.send()
    assert box.letters[0].text.language == language
    assert (box.letters[0].text.subject == "Merci") == (language == "fr")


async def test_a_busy_server_is_tried_again_for_hours(parts: Parts, box: Letterbox) -> None:
    parts = replace(parts, policy=make_policy(quiet_hours="never"))
    box.answers = iter([Receipt("deferred", "451")] * len(RETRY_AFTER))
    await parts.scored(scored(make_occasion()))
    for wait in RETRY_AFTER:
        await parts.send()
        message = await only_message(parts)
        assert (message.status, message.code) == ("waiting", "451")
        assert message.due is not None
        assert wait <= timedelta(milliseconds=message.due - epoch_ms(parts.clock.now())) < wait * 2
        parts.clock.advance(wait * 1.2)
    await parts.send()
    assert (await only_message(parts)).status == "sent"
    assert len(box.letters) == 1


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([Receipt("deferred", "451")] * 99, "failed"),
        ([Receipt("refused", "550")], "failed"),
        ([Receipt("uncertain", "timeout")], "unknown"),
    ],
)
async def test_an_end_is_an_end(
    parts: Parts, box: Letterbox, answers: list[Receipt], status: str
) -> None:
    parts = replace(parts, policy=make_policy(quiet_hours="never"))
    box.answers = iter(answers)
    await parts.scored(scored(make_occasion()))
    for _ in range(20):
        await parts.send()
        parts.clock.advance(timedelta(hours=8))
    message = await only_message(parts)
    assert (message.status, message.code) == (status, answers[0].code)
    assert box.letters == []
    assert message.attempts == min(len(answers), len(RETRY_AFTER) + 1)
    reason = "undeliverable" if status == "failed" else "rule_applies"
    assert await only_reason(parts) == reason


def with_sms(parts: Parts, *, rule_survey: str | None = None) -> tuple[Parts, Letterbox]:
    """Rules that try a second channel, and that channel."""
    sms = Letterbox(route=Route("sms", "customer", needs_consent=False))
    routes = (parts.channel.route, sms.route)
    rule = merging(channels=("email", "sms"), survey=rule_survey)
    return replace(parts, policy=make_policy(rule, routes=routes), more=(sms,)), sms


@ON_EACH_STORE
async def test_where_one_channel_fails_the_next_is_used(
    opened: Opened, parts: Parts, box: Letterbox
) -> None:
    parts, sms = with_sms(parts)
    box.answers = iter([Receipt("refused", "550")])
    await parts.scored(scored(make_occasion("1")), scored(make_occasion("2")))
    await parts.send()
    assert (box.letters, len(sms.letters)) == ([], 1)
    found = {message.channel: message for message in await messages(parts)}
    assert {name: one.status for name, one in found.items()} == {"email": "failed", "sms": "sent"}
    decided = await standing(parts)
    assert {d.message_id for d in decided.values()} == {found["sms"].id}
    assert sorted(d.verdict for d in decided.values()) == ["merged", "thanked"]
    (person,) = (await parts.stores.customers.customers(["c-1"])).values()
    assert [charge.message for charge in person.attention.charges] == [found["sms"].id]


@ON_EACH_STORE
async def test_a_bad_address_is_not_used_again(
    opened: Opened, parts: Parts, box: Letterbox
) -> None:
    box.answers = iter([Receipt("refused", "550", bad_address=True)])
    await parts.scored(scored(make_occasion("1")))
    await parts.send()
    assert await reasons(parts) == {"1": "undeliverable"}
    await parts.scored(scored(make_occasion("2")))
    assert (await reasons(parts))["2"] == "address_suppressed"
    (entry,) = await parts.stores.suppressions.page(10, None)
    assert (entry.cause, entry.code, entry.since) == ("hard_bounce", "550", TIME)
    await parts.customers(customer_record(revision=2, email="new@example.org"))
    await parts.scored(scored(make_occasion("3")))
    assert (await reasons(parts))["3"] == "rule_applies"


async def test_a_template_that_fails_says_so(parts: Parts, box: Letterbox) -> None:
    await parts.scored(scored(make_occasion(data=b'{"total": 1.50}')))
    await parts.send()
    message = await only_message(parts)
    assert (message.status, message.code, box.letters) == ("failed", "template_failed", [])
    assert await only_reason(parts) == "undeliverable"


async def test_a_template_that_is_gone_says_so(parts: Parts, box: Letterbox) -> None:
    await parts.scored(scored(make_occasion()))
    gone = replace(parts, policy=make_policy(make_rule(templates=("no-more",))))
    await gone.send()
    assert (await only_message(parts)).code == "template_failed"
    assert (await only_reason(parts), box.letters) == ("undeliverable", [])


async def test_amounts_never_go_through_floats(parts: Parts, box: Letterbox) -> None:
    parts.templates["en", "order-thanks"] = "Subject: Thanks\n\n{{ act.total }} stars\n"
    await parts.scored(scored(make_occasion(data=b'{"total": 1234567890.10}')))
    await parts.send()
    assert "1234567890.10 stars" in box.letters[0].text.body


async def test_a_text_that_sells_is_not_sent_and_the_others_go_without_it(
    parts: Parts, box: Letterbox
) -> None:
    parts.templates["en", "sale"] = "Subject: Thanks\n\nBuy now and get a 20% discount!\n"
    sale = merging("sale", on="help", templates=("sale",), rank=5)
    parts = replace(parts, policy=make_policy(sale, merging()))
    acts = [make_occasion("sells", kind="help"), make_occasion("good")]
    await parts.scored(*map(scored, acts))
    assert await reasons(parts) == {"sells": "rule_applies", "good": "merged_into"}
    await parts.send()
    assert await reasons(parts) == {"sells": "sales_talk", "good": "rule_applies"}
    (letter,) = box.letters
    assert letter.text.subject == "Thank you for 1001"
    (person,) = (await parts.stores.customers.customers(["c-1"])).values()
    assert [charge.message for charge in person.attention.charges] == [letter.id]


async def test_a_rule_that_is_gone_thanks_for_nothing(parts: Parts, box: Letterbox) -> None:
    await parts.scored(scored(make_occasion()))
    gone = replace(parts, policy=make_policy(make_rule("other", on="help")))
    await gone.send()
    assert (await only_reason(parts), box.letters) == ("no_rule", [])
    assert await messages(parts) == []


async def test_a_rule_that_has_another_name_sends_its_own_message(
    parts: Parts, box: Letterbox
) -> None:
    await parts.scored(scored(make_occasion()))
    renamed = replace(parts, policy=make_policy(make_rule("renamed")))
    await renamed.send()
    assert [message.rule for message in await messages(parts)] == ["renamed"]
    assert len(box.letters) == 1


@ON_EACH_STORE
async def test_what_waits_for_a_channel_that_is_gone_is_decided_anew(
    opened: Opened, parts: Parts, box: Letterbox
) -> None:
    both, sms = with_sms(parts)
    await both.scored(scored(make_occasion("1")))
    without = replace(both, policy=make_policy(both.policy.rules[0], routes=(sms.route,)))
    without = replace(without, channel=sms, more=())
    await without.leave_channels()
    await without.send()
    assert (box.letters, len(sms.letters)) == ([], 1)
    (message,) = await messages(parts)
    assert (message.channel, message.status) == ("sms", "sent")
    await both.scored(scored(make_occasion("2")))
    nothing = replace(without, policy=make_policy(routes=(sms.route,)))
    await nothing.leave_channels()
    assert (await reasons(parts))["2"] == "no_address"
    assert list(await parts.stores.messages.channels()) == []


async def test_what_was_begun_by_a_channel_that_is_gone_is_unknown(
    parts: Parts, box: Letterbox
) -> None:
    box.idempotent = True
    box.answers = iter([Receipt("uncertain", "timeout")])
    await parts.scored(scored(make_occasion()))
    await parts.send()
    gone = replace(parts, policy=make_policy(routes=(Route("sms", "phone"),)))
    parts.clock.advance(timedelta(hours=1))
    await gone.leave_channels()
    message = await only_message(parts)
    assert (message.status, message.code) == ("unknown", "channel_gone")
    assert await only_reason(parts) == "rule_applies"


async def test_a_provider_that_is_away_is_left_alone(parts: Parts, box: Letterbox) -> None:
    for n in range(FAULTS + 3):
        await parts.customers(customer_record(f"d-{n}", email=f"d{n}@example.org"))
        await parts.scored(scored(make_occasion(f"{n}", f"d-{n}")))
    box.answers = iter([AWAY] * 99)
    send = parts.sender("email", at_once=1)
    while await send():
        pass
    attempts = [(await only(parts, f"d-{n}")).attempts for n in range(FAULTS + 3)]
    assert FAULTS <= sum(attempts) <= FAULTS + 3
    claimed = sum(attempts)
    assert not await send()
    assert sum([(await only(parts, f"d-{n}")).attempts for n in range(FAULTS + 3)]) == claimed
    box.answers = iter(())
    parts.clock.advance(timedelta(minutes=6))
    while await send():
        pass
    assert len(box.letters) == FAULTS + 3


async def only(parts: Parts, customer: str) -> Message:
    (message,) = await messages(parts, customer)
    return message


async def test_a_rate_is_kept_and_what_was_not_needed_is_given_back(
    parts: Parts, box: Letterbox
) -> None:
    gate = Gatekeeper("email", parts.stores.channels, per_second=3)
    parts.gates["email"] = gate
    for n in range(5):
        await parts.customers(customer_record(f"d-{n}", email=f"d{n}@example.org"))
        await parts.scored(scored(make_occasion(f"{n}", f"d-{n}")))
    send = parts.sender("email")
    assert await send()
    assert len(box.letters) == 3
    assert await gate.room(epoch_ms(parts.clock.now()), 9) == 0
    parts.clock.advance(timedelta(seconds=1))
    assert await send()
    assert len(box.letters) == 5
    assert await gate.room(epoch_ms(parts.clock.now()), 9) == 1


async def test_words_are_kept_for_ninety_days(parts: Parts) -> None:
    await parts.scored(scored(make_occasion()))
    await parts.send()
    forget = ForgetTexts(parts.stores.messages, parts.clock)
    parts.clock.advance(TEXTS_FOR)
    await forget()
    assert (await only_message(parts)).text is not None
    parts.clock.advance(timedelta(milliseconds=1))
    await forget()
    message = await only_message(parts)
    assert (message.status, message.text) == ("sent", None)


async def test_a_friend_is_named_only_where_they_agreed(parts: Parts, box: Letterbox) -> None:
    parts.templates["en", "order-thanks"] = "Subject: Thanks\n\nFor {{ friend or 'a friend' }}.\n"
    said = Consent(purpose="mention", channel="any", state="granted", time=GRANTED.time)
    await parts.customers(
        customer_record("f-1", name="Bea Diaz", email=None, consents=(said,)),
        customer_record("f-2", name="Cid", email=None, consents=()),
    )
    for id, friend in (("1", "f-1"), ("2", "f-2")):
        data = f'{{"referred": "{friend}"}}'.encode()
        await parts.scored(scored(make_occasion(id, data=data)))
    await parts.send()
    bodies = sorted(letter.text.body.splitlines()[0] for letter in box.letters)
    assert bodies == ["For Bea.", "For a friend."]
