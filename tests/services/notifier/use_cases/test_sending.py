"""From a decision to a mail, whatever happens on the way."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.notifier.domain.delivery import RETRY_AFTER, Receipt
from services.notifier.domain.message import Message, Text
from services.notifier.ports import Claim, DecisionQuery, MessageQuery
from services.notifier.use_cases.retention import TEXTS_FOR, ForgetTexts
from services.notifier.use_cases.sending import LEASE
from shared.clock import epoch_ms
from shared.contracts.customers import Consent
from shared.contracts.messages import DELIVERED, Delivered
from shared.links import SurveyLink, read_survey_link
from shared.messaging.ports import MessageLog, Record
from tests.services.notifier.builders import (
    GRANTED,
    NOW,
    SECRET,
    TRACE,
    case_record,
    customer_record,
    make_act,
    make_ref,
    make_rule,
    scored,
)
from tests.services.notifier.parts import Letterbox, Parts, announced, open_parts, read


@pytest.fixture
def box() -> Letterbox:
    return Letterbox()


@pytest.fixture
async def opened(tmp_path: Path, box: Letterbox) -> AsyncIterator[tuple[Parts, MessageLog]]:
    async with open_parts(tmp_path, box) as (parts, log):
        await parts.customers(customer_record())
        yield parts, log


@pytest.fixture
def parts(opened: tuple[Parts, MessageLog]) -> Parts:
    return opened[0]


async def only_message(parts: Parts) -> Message:
    (message,) = await parts.stores.messages.page(MessageQuery(10, "c-1"))
    return message


async def only_reason(parts: Parts) -> str:
    (decision,) = await parts.stores.decisions.page(DecisionQuery(10))
    return decision.reason


async def test_thanks_arrive_and_others_know(
    opened: tuple[Parts, MessageLog], box: Letterbox
) -> None:
    parts, log = opened
    await parts.scored(scored(make_act()))
    await parts.send()
    (mail,) = box.mails
    assert (mail.to, mail.name, mail.time) == ("ada@example.org", "Ada", NOW)
    assert mail.text.subject == "Thank you for 1001"
    assert mail.text.body.startswith("Hello Ada, thank you for 42.50 EUR.\n")
    message = await only_message(parts)
    assert (message.status, message.attempts, message.text) == ("sent", 1, mail.text)
    await parts.announce()
    (told,) = [event for event in await announced(log) if event.type == DELIVERED]
    assert (told.subject, told.extensions) == ("c-1", {"traceparent": TRACE})
    assert read(told) == Delivered(message_id=mail.id, channel="email", outcome="sent")
    before = len(await announced(log))
    await parts.announce()
    assert len(await announced(log)) == before


async def test_a_survey_link_says_who_is_asked_about_what(parts: Parts, box: Letterbox) -> None:
    await parts.scored(scored(make_act()))
    await parts.send()
    (mail,) = box.mails
    url = urlsplit(mail.text.body.splitlines()[1])
    assert (url.scheme, url.netloc) == ("https", "shop.example")
    link = read_survey_link(SECRET, url.path.removeprefix("/s/"), NOW)
    expires = NOW + timedelta(days=60)
    assert link == SurveyLink("c-1", "order", expires, mail.id, make_ref())


async def test_no_survey_for_those_who_refuse_surveys_or_where_there_is_none(
    parts: Parts, box: Letterbox
) -> None:
    refused = Consent(purpose="survey", channel="email", state="withdrawn", time=GRANTED.time)
    await parts.scored(scored(make_act("decided before")))
    await parts.customers(customer_record(revision=2, consents=(GRANTED, refused)))
    await parts.scored(scored(make_act("decided after")))
    await replace(parts, rule=make_rule(survey=None)).scored(scored(make_act("none", "c-2")))
    await parts.customers(customer_record("c-2"))
    await replace(parts, rule=make_rule(survey=None)).decide_again()
    await parts.send()
    assert len(box.mails) == 3
    assert not any("https" in mail.text.body for mail in box.mails)


@pytest.mark.parametrize(
    ("locale", "language"), [("fr-CA", "fr"), ("fr", "fr"), ("de", "en"), (None, "en")]
)
async def test_the_language_is_the_customers_or_the_programmes(
    parts: Parts, box: Letterbox, locale: str | None, language: str
) -> None:
    await parts.customers(customer_record(revision=2, locale=locale))
    await parts.scored(scored(make_act()))
    await parts.send()
    assert box.mails[0].text.language == language
    assert (box.mails[0].text.subject == "Merci") == (language == "fr")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (customer_record(revision=2, consents=()), "no_consent"),
        (customer_record(revision=2, email=None), "no_address"),
    ],
)
async def test_consent_and_address_are_looked_at_again_when_sending(
    opened: tuple[Parts, MessageLog], box: Letterbox, change: Record, reason: str
) -> None:
    parts, log = opened
    await parts.scored(scored(make_act()))
    await parts.customers(change)
    await parts.send()
    assert box.mails == []
    assert await only_reason(parts) == reason
    assert await parts.stores.messages.page(MessageQuery(10, "c-1")) == []
    await parts.announce()
    told = [read(event) for event in await announced(log)]
    assert [one.verdict for one in told] == ["thanked", "suppressed"]  # type: ignore[union-attr]


async def test_a_case_that_opens_before_sending_holds_the_thanks(
    parts: Parts, box: Letterbox
) -> None:
    await parts.scored(scored(make_act()))
    await parts.cases(case_record(is_open=True))
    await parts.send()
    assert (box.mails, await only_reason(parts)) == ([], "open_case")
    await parts.cases(case_record(is_open=False))
    await parts.decide_again()
    await parts.send()
    assert len(box.mails) == 1


async def test_a_busy_server_is_tried_again_for_hours(parts: Parts, box: Letterbox) -> None:
    box.answers = iter([Receipt("deferred", "451")] * len(RETRY_AFTER))
    await parts.scored(scored(make_act()))
    for wait in RETRY_AFTER:
        await parts.send()
        message = await only_message(parts)
        assert (message.status, message.code) == ("waiting", "451")
        assert message.due == epoch_ms(parts.clock.now() + wait)
        parts.clock.advance(wait)
    await parts.send()
    assert (await only_message(parts)).status == "sent"
    assert len(box.mails) == 1


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
    box.answers = iter(answers)
    await parts.scored(scored(make_act()))
    for _ in range(20):
        await parts.send()
        parts.clock.advance(timedelta(hours=6))
    message = await only_message(parts)
    assert (message.status, message.code) == (status, answers[0].code)
    assert box.mails == []
    assert message.attempts == min(len(answers), len(RETRY_AFTER) + 1)


@pytest.mark.parametrize(
    ("idempotent", "status", "mails"), [(False, "unknown", 0), (True, "sent", 1)]
)
async def test_an_attempt_that_broke_off_is_repeated_only_where_that_does_no_harm(
    parts: Parts, box: Letterbox, idempotent: bool, status: str, mails: int
) -> None:
    box.idempotent = idempotent
    await parts.scored(scored(make_act()))
    now = parts.clock.now()
    died = await parts.stores.messages.claim("dead", epoch_ms(now), epoch_ms(now + LEASE))
    assert died is not None
    text = Text("As it was", "Begun.\n", "en")
    assert await parts.stores.messages.begin(died, text)
    await parts.send()
    assert (await only_message(parts)).status == "sending"
    parts.clock.advance(LEASE)
    await parts.send()
    assert (await only_message(parts)).status == status
    assert [mail.text for mail in box.mails] == [text] * mails


async def test_a_sender_that_lost_its_lease_hands_nothing_over(
    parts: Parts, box: Letterbox
) -> None:
    class Late:
        def __getattr__(self, name: str) -> Any:
            return getattr(messages, name)

        async def begin(self, claim: Claim, text: Text) -> bool:
            parts.clock.advance(LEASE)
            await parts.send()
            return await messages.begin(claim, text)

    messages = parts.stores.messages
    await parts.scored(scored(make_act()))
    await replace(parts, stores=replace(parts.stores, messages=Late())).send()
    assert len(box.mails) == 1
    assert ((await only_message(parts)).status, box.forgotten) == ("sent", [])


async def test_an_attempt_that_broke_off_is_left_open_if_the_customer_says_no(
    parts: Parts, box: Letterbox
) -> None:
    box.idempotent = True
    await parts.scored(scored(make_act()))
    died = await parts.stores.messages.claim("dead", epoch_ms(NOW), epoch_ms(NOW))
    assert died is not None
    await parts.stores.messages.begin(died, Text("a", "b", "en"))
    await parts.customers(customer_record(revision=2, consents=()))
    await parts.send()
    assert ((await only_message(parts)).status, box.mails) == ("unknown", [])


async def test_a_template_that_fails_says_so(parts: Parts, box: Letterbox) -> None:
    act = replace(make_act(), data=b'{"total": 1.50}')
    await parts.scored(scored(act))
    await parts.send()
    message = await only_message(parts)
    assert (message.status, message.code, box.mails) == ("failed", "template_failed", [])


async def test_amounts_never_go_through_floats(parts: Parts, box: Letterbox) -> None:
    act = replace(make_act(), data=b'{"order_id": "1", "total": 1234567890.10, "currency": "EUR"}')
    await parts.scored(scored(act))
    await parts.send()
    assert "1234567890.10 EUR" in box.mails[0].text.body


async def test_a_rule_that_is_gone_thanks_for_nothing(parts: Parts, box: Letterbox) -> None:
    await parts.scored(scored(make_act()))
    await replace(parts, rule=replace(make_rule(), name="renamed")).send()
    assert (await only_reason(parts), box.mails) == ("no_rule", [])


async def test_an_erasure_reaches_what_waits_and_what_was_sent(
    opened: tuple[Parts, MessageLog], box: Letterbox
) -> None:
    parts, log = opened
    await parts.scored(scored(make_act("sent")))
    await parts.send()
    await parts.scored(scored(make_act("waiting")))
    ids = {m.id for m in await parts.stores.messages.page(MessageQuery(10, "c-1"))}
    await parts.customers(Record(b"c-1", None))
    await parts.send()
    assert len(box.mails) == 1
    assert set(box.forgotten) == ids
    assert await parts.stores.messages.claim("t", 2**50, 2**51) is None
    await parts.announce()
    assert not [event for event in await announced(log) if event.type == DELIVERED]


async def test_an_erasure_reaches_what_is_being_handed_over(parts: Parts, box: Letterbox) -> None:
    class Slow(Letterbox):
        async def hand_over(self, mail: object) -> Receipt:
            await parts.customers(Record(b"c-1", None))
            return Receipt("taken")

    slow = Slow()
    await parts.scored(scored(make_act()))
    await replace(parts, channel=slow).send()
    assert len(slow.forgotten) == 1
    assert await parts.stores.messages.claim("t", 2**50, 2**51) is None


async def test_words_are_kept_for_ninety_days(parts: Parts) -> None:
    await parts.scored(scored(make_act()))
    await parts.send()
    forget = ForgetTexts(parts.stores.messages, parts.clock)
    parts.clock.advance(TEXTS_FOR)
    await forget()
    assert (await only_message(parts)).text is not None
    parts.clock.advance(timedelta(milliseconds=1))
    await forget()
    message = await only_message(parts)
    assert (message.status, message.text) == ("sent", None)
