"""What every FeedbackStore does; each adapter's test module binds `store`."""

import asyncio
from dataclasses import replace

from services.feedback.domain.announcement import answered, case_closed, case_opened
from services.feedback.domain.case import Case, Closing, case_of_response
from services.feedback.domain.invitation import Invitation
from services.feedback.domain.response import Response
from services.feedback.domain.results import Tally
from services.feedback.ports import FeedbackStore, Kept, Page, Person, Visit
from tests.services.feedback.builders import (
    TIME,
    make_complaint,
    make_invitation,
    make_ref,
    make_response,
    make_survey,
)

ALL = Page(100)
CLOSING = Closing(TIME + 1000, "replaced", "Sent a new one.")


async def keep(
    store: FeedbackStore, invitation: Invitation, value: int = 9, comment: str = "", later: int = 0
) -> Kept:
    """Answer `invitation`, with the case and the announcements that follow."""
    response = make_response(invitation, value, comment, later)
    case = case_of_response(response, make_survey())
    announcements = [answered(response)] + ([case_opened(case)] if case else [])
    return await store.answer(invitation, response, case, announcements)


async def close(store: FeedbackStore, case: Case, closing: Closing = CLOSING) -> Case | None:
    return await store.close_case(case.id, closing, case_closed(case, closing))


async def only_response(store: FeedbackStore) -> Response:
    (response,) = await store.responses(None, None, ALL)
    return response


class FeedbackStoreSuite:
    """Responses, cases, people and the outbox change together or not at all."""

    async def test_an_answer_comes_back_as_it_was_kept(self, store: FeedbackStore) -> None:
        invitation = make_invitation()
        assert await store.visit(invitation) == Visit(None, erased=False, answered=False)
        assert await keep(store, invitation, 9, "Kind\nand «quick» \N{HEAVY BLACK HEART}") == "kept"
        expected = make_response(invitation, 9, "Kind\nand «quick» \N{HEAVY BLACK HEART}")
        assert await store.responses(None, None, ALL) == [expected]
        assert await store.visit(invitation) == Visit(None, erased=False, answered=True)
        assert await store.cases(None, None, ALL) == []
        assert [one.id for one in await store.pending(10)] == [invitation.id]

    async def test_only_the_first_answer_to_an_invitation_is_kept(
        self, store: FeedbackStore
    ) -> None:
        invitation = make_invitation()
        assert await keep(store, invitation, 3, "first") == "kept"
        assert await keep(store, invitation, 10, "second") == "answered"
        assert (await only_response(store)).comment == "first"
        assert len(await store.pending(10)) == 2
        assert await keep(store, make_invitation(message_id="m-2")) == "kept"

    async def test_of_many_answers_at_once_one_is_kept(self, store: FeedbackStore) -> None:
        invitation = make_invitation()
        attempts = [keep(store, invitation, value % 11, str(value)) for value in range(40)]
        outcomes = await asyncio.gather(*attempts)
        assert sorted(outcomes) == ["answered"] * 39 + ["kept"]
        kept = await only_response(store)
        assert outcomes[int(kept.comment)] == "kept"
        is_bad = kept.value <= make_survey().bad_at_most
        assert len(await store.cases(None, None, ALL)) == is_bad
        assert len(await store.pending(100)) == 1 + is_bad

    async def test_a_bad_answer_opens_one_case(self, store: FeedbackStore) -> None:
        invitation = make_invitation()
        await keep(store, invitation, 2, "Late.")
        (case,) = await store.cases("c-1", True, ALL)
        assert case == case_of_response(make_response(invitation, 2, "Late."), make_survey())
        assert [one.id for one in await store.pending(10)] == [invitation.id, f"{case.id}.opened"]

    async def test_a_case_is_opened_once_and_closed_once(self, store: FeedbackStore) -> None:
        case = make_complaint()
        assert await store.open_case(case, case_opened(case))
        assert not await store.open_case(case, case_opened(case))
        assert await store.case(case.id) == case
        assert await close(store, case) == replace(case, closing=CLOSING)
        again = Closing(TIME + 2000, "refunded")
        assert await close(store, case, again) == replace(case, closing=CLOSING)
        assert await store.case(case.id) == replace(case, closing=CLOSING)
        assert not await store.open_case(case, case_opened(case))
        pending = [one.id for one in await store.pending(10)]
        assert pending == [f"{case.id}.opened", f"{case.id}.closed"]
        missing = make_complaint(id="never opened")
        assert await close(store, missing) is None
        assert await store.case(missing.id) is None

    async def test_lists_are_filtered_and_paged_newest_first(self, store: FeedbackStore) -> None:
        for n in range(6):
            invitation = make_invitation(customer=f"c-{n % 2}", message_id=f"m-{n}")
            await keep(store, invitation, n + 4, later=n // 2)
        everything = await store.responses(None, "order", ALL)
        assert [(one.time, one.id) for one in everything] == sorted(
            ((one.time, one.id) for one in everything), reverse=True
        )
        paged: list[Response] = []
        while page := await store.responses(
            None, None, Page(2, (paged[-1].time, paged[-1].id) if paged else None)
        ):
            assert len(page) <= 2
            paged += page
        assert paged == everything
        assert len(await store.responses("c-0", None, ALL)) == 3
        assert await store.responses(None, "another", ALL) == []
        cases = await store.cases(None, None, ALL)
        assert len(cases) == 3
        await close(store, cases[1])
        assert [c.id for c in await store.cases(None, True, ALL)] == [cases[0].id, cases[2].id]
        assert [c.id for c in await store.cases(None, False, ALL)] == [cases[1].id]
        after = Page(5, (cases[0].opened, cases[0].id))
        assert [c.id for c in await store.cases(None, None, after)] == [c.id for c in cases[1:]]

    async def test_a_tally_counts_who_was_asked_once(self, store: FeedbackStore) -> None:
        assert await store.tally("order") == Tally(0, {})
        asked = [make_invitation(message_id=f"m-{n}") for n in range(3)]
        await store.invite(asked)
        await store.invite([*asked, make_invitation(message_id=None, act=make_ref("1002"))])
        await keep(store, asked[0], 10)
        await keep(store, asked[1], 10)
        await keep(store, make_invitation(message_id="its record comes later"), 0)
        await store.invite([make_invitation(message_id="its record comes later")])
        assert await store.tally("order") == Tally(5, {10: 2, 0: 1})
        assert await store.tally("another") == Tally(0, {})

    async def test_the_outbox_keeps_its_order_until_it_is_told(self, store: FeedbackStore) -> None:
        assert await store.pending(10) == []
        cases = [make_complaint(id=f"k-{n}", later=-n) for n in range(3)]
        for case in cases:
            await store.open_case(case, case_opened(case))
        first, *rest = await store.pending(10)
        assert first == case_opened(cases[0])
        assert [one.id for one in await store.pending(2)] == [first.id, rest[0].id]
        await store.announced([first.id, "unknown"])
        assert await store.pending(10) == rest

    async def test_the_highest_revision_of_a_person_stands(self, store: FeedbackStore) -> None:
        await store.remember({"c-1": Person(2, "fr", "Europe/Paris"), "c-2": Person(1, "es")})
        await store.remember({"c-1": Person(1, "de")})
        assert (await store.visit(make_invitation("c-1"))).locale == "fr"
        await store.remember({"c-1": Person(3, None), "c-2": Person(1, "ro")})
        assert (await store.visit(make_invitation("c-1"))).locale is None
        assert (await store.visit(make_invitation("c-2"))).locale == "ro"
        await store.remember({})

    async def test_an_erasure_removes_words_and_links_and_keeps_counts(
        self, store: FeedbackStore
    ) -> None:
        mine, other = make_invitation("c-1"), make_invitation("c-2")
        await store.invite([make_invitation("c-1", "m-9")])
        await keep(store, mine, 2, "My words.")
        await keep(store, other, 3, "Their words.")
        complaint = make_complaint("c-1")
        await store.open_case(complaint, case_opened(complaint))
        await close(store, complaint)
        await store.erase("c-1", TIME + 5000)
        assert await store.responses("c-1", None, ALL) == []
        assert await store.cases("c-1", None, ALL) == []
        assert await store.tally("order") == Tally(3, {2: 1, 3: 1})
        (gone,) = await store.responses("", None, ALL)
        expected = make_response(mine, 2)
        assert gone == replace(expected, customer="", act=None, message_id=None)
        cases = await store.cases("", None, ALL)
        assert {(c.said, c.act) for c in cases} == {("", None)}
        assert {c.closing for c in cases} == {
            Closing(TIME + 5000, "customer-erased"),
            replace(CLOSING, note=""),
        }
        assert {one.customer for one in await store.pending(10)} == {"c-2"}
        (kept,) = await store.responses("c-2", None, ALL)
        assert kept.comment == "Their words."

    async def test_nothing_more_is_kept_of_the_erased_until_they_come_back(
        self, store: FeedbackStore
    ) -> None:
        await keep(store, make_invitation(), 9)
        await store.erase("c-1", TIME)
        await store.erase("c-1", TIME)
        late = make_invitation(message_id="m-2")
        case = make_complaint()
        assert (await store.visit(late)).erased
        assert await keep(store, late) == "erased"
        assert not await store.open_case(case, case_opened(case))
        await store.invite([late])
        assert await store.tally("order") == Tally(1, {9: 1})
        assert await store.pending(10) == []
        await store.remember({"c-1": Person(1, "es")})
        assert await store.visit(late) == Visit("es", erased=False, answered=False)
        assert await keep(store, late) == "kept"
        assert await keep(store, make_invitation()) == "answered"

    async def test_an_erasure_wins_over_answers_at_the_same_time(
        self, store: FeedbackStore
    ) -> None:
        answers = [keep(store, make_invitation(message_id=f"m-{n}"), 1, "Words") for n in range(15)]
        work = [*answers[:8], store.erase("c-1", TIME), *answers[8:]]
        await asyncio.gather(*work)
        assert await store.responses("c-1", None, ALL) == []
        assert await store.cases("c-1", None, ALL) == []
        assert await store.pending(100) == []
        assert {one.comment for one in await store.responses(None, None, ALL)} <= {""}

    async def test_it_answers_a_ping(self, store: FeedbackStore) -> None:
        await store.ping()
