"""The whole service embedded: topics in, answers and cases out, whatever dies on the way."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from services.feedback.ports import Page
from shared.contracts import feedback as contract
from shared.contracts.topics import ACTS, CUSTOMERS, FEEDBACK, MESSAGES
from shared.errors import Unavailable
from shared.messaging.ports import MessageLog, Record
from tests.services.feedback.builders import (
    NOW,
    make_complaint_record,
    make_customer_record,
    make_decision,
    make_ref,
)
from tests.services.feedback.running import Running, open_running, told, until

ALL = Page(100)


class DeafLog:
    """A log that takes no record for requite.feedback.v1, as if the broker died just then."""

    def __init__(self) -> None:
        self.refused = asyncio.Event()

    def around(self, log: MessageLog) -> MessageLog:
        publish = log.publish

        async def refuse(topic: str, records: Sequence[Record]) -> None:
            if topic == FEEDBACK.name:
                self.refused.set()
                raise Unavailable("the broker is away")
            await publish(topic, records)

        log.publish = refuse  # type: ignore[method-assign]
        return log


async def test_an_answer_and_its_case_are_told(tmp_path: Path) -> None:
    async with open_running(tmp_path) as running:
        token = running.token(act=make_ref())
        await running.client.post(f"/s/{token}", data={"value": "2", "comment": "Secret words."})
        opened, answered = await told(running.infrastructure.log, 2)
        (response,) = await running.feedback.store.responses(None, None, ALL)
        (case,) = await running.feedback.store.cases(None, None, ALL)
    assert (answered.id, answered.type) == (response.id, contract.ANSWERED)
    assert (answered.source, answered.subject) == ("/requite/feedback", "c-1")
    assert answered.instant == NOW
    assert msgspec.json.decode(answered.data or b"", type=contract.Answered) == contract.Answered(
        survey="order", value=2, scale=(0, 10), about=make_ref()
    )
    assert (opened.id, opened.type) == (f"{case.id}.opened", contract.CASE_OPENED)
    assert b"Secret" not in (answered.data or b"") + (opened.data or b"")


async def test_a_crash_between_saving_and_publishing_is_repaired_at_the_next_start(
    tmp_path: Path,
) -> None:
    deaf = DeafLog()
    async with open_running(tmp_path, deaf.around) as dying:
        path = f"/s/{dying.token()}"
        page = await dying.client.post(path, data={"value": "2"})
        assert "Thank you" in page.text
        async with asyncio.timeout(5):
            await deaf.refused.wait()
        (response,) = await dying.feedback.store.responses(None, None, ALL)
    async with open_running(tmp_path) as again:
        opened, answered = await told(again.infrastructure.log, 2)
        assert (answered.id, opened.type) == (response.id, contract.CASE_OPENED)
        page = await again.client.post(path, data={"value": "9"})
        assert "answered already" in page.text
        await until_nothing_waits(again)
    async with open_running(tmp_path) as last:
        assert len(await told(last.infrastructure.log, 2)) == 2


async def test_a_complaint_becomes_a_case_that_is_closed(tmp_path: Path) -> None:
    async with open_running(tmp_path) as running:
        log = running.infrastructure.log
        await log.publish(ACTS.name, [make_complaint_record(), make_complaint_record()])
        (opened,) = await told(log, 1)
        payload = msgspec.json.decode(opened.data or b"", type=contract.CaseOpened)
        assert payload.cause == "complaint"
        closed = await running.client.post(
            f"/v1/cases/{payload.case_id}:close",
            json={"fix": "replaced", "note": "Secret note."},
            headers=running.key("cases:write"),
        )
        assert closed.status_code == 200
        events = await told(log, 2)
    assert [event.type for event in events] == [contract.CASE_OPENED, contract.CASE_CLOSED]
    assert msgspec.json.decode(events[1].data or b"", type=contract.CaseClosed) == (
        contract.CaseClosed(case_id=payload.case_id, fix="replaced")
    )


async def until_nothing_waits(running: Running) -> None:
    """Everything that was saved is told and crossed out."""

    async def nothing_waits() -> bool:
        return not await running.feedback.store.pending(1)

    await until(nothing_waits)


async def test_topics_feed_language_invitations_and_erasure(tmp_path: Path) -> None:
    async with open_running(tmp_path) as running:
        log, store = running.infrastructure.log, running.feedback.store
        path = f"/s/{running.token()}"

        async def everybody_is_invited() -> bool:
            return (await store.tally("order")).invitations == 2

        async def the_page_is_spanish() -> bool:
            return '<html lang="es">' in (await running.client.get(path)).text

        async def the_link_is_dead() -> bool:
            return (await running.client.get(path)).status_code == 410

        await log.publish(CUSTOMERS.name, [make_customer_record("c-1", "es")])
        await log.publish(MESSAGES.name, [make_decision("m-1"), make_decision("m-2")])
        await until(everybody_is_invited)
        await until(the_page_is_spanish)
        await running.client.post(path, data={"value": "1", "comment": "Words."})
        await log.publish(CUSTOMERS.name, [Record(b"c-1", None)])
        await until(the_link_is_dead)
        (response,) = await store.responses(None, None, ALL)
        assert (response.customer, response.comment, response.value) == ("", "", 1)
        assert (await store.tally("order")).answers == 1


async def test_it_says_when_it_is_ready(tmp_path: Path) -> None:
    async with open_running(tmp_path) as running:
        report = (await running.client.get("/readyz")).json()
        assert report["checks"].keys() == {"log", "feedback_store", "feedback_consumer"}


async def test_two_hundred_customers_at_once_are_all_told(tmp_path: Path) -> None:
    async with open_running(tmp_path) as running:
        tokens = [running.token(f"c-{n}", f"m-{n}") for n in range(200)]
        posts = [running.client.post(f"/s/{token}", data={"value": "10"}) for token in tokens]
        assert {page.status_code for page in await asyncio.gather(*posts)} == {200}
        events = await told(running.infrastructure.log, 200)
    assert {event.subject for event in events} == {f"c-{n}" for n in range(200)}
