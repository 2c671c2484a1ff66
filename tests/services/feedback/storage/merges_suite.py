"""What a FeedbackStore does about customers who were merged."""

import asyncio

from services.feedback.domain.announcement import case_opened
from services.feedback.domain.invitation import Invitation
from services.feedback.ports import FeedbackStore, Page, Person, Visit
from tests.services.feedback.builders import TIME, make_complaint, make_invitation, make_ref
from tests.services.feedback.storage.store_suite import ALL, keep


def merged(into: str, revision: int = 2) -> Person:
    """The record of an id that was given up."""
    return Person(revision, merged_into=into)


class MergesSuite:
    """Responses and cases under two ids of one person."""

    async def test_what_two_ids_said_is_found_under_the_survivor(
        self, store: FeedbackStore
    ) -> None:
        for n, customer in enumerate(("c-1", "c-2", "c-3") * 2):
            await keep(store, make_invitation(customer, f"m-{n}"), 9, later=n)
            case = make_complaint(customer, f"k-{n}", later=n)
            await store.open_case(case, case_opened(case))
        await store.remember({"c-1": merged("c-2")})
        assert await store.survivors(["c-1", "c-2", "c-3"]) == {
            "c-1": "c-2",
            "c-2": "c-2",
            "c-3": "c-3",
        }
        responses = await store.responses("c-2", None, ALL)
        assert [one.customer for one in responses] == ["c-2", "c-1", "c-2", "c-1"]
        cases = await store.cases("c-2", True, ALL)
        assert [one.customer for one in cases] == ["c-2", "c-1", "c-2", "c-1"]
        after = Page(9, (responses[1].time, responses[1].id))
        assert await store.responses("c-2", "order", after) == responses[2:]
        await store.remember({"c-1": Person(3)})
        await store.remember({"c-1": merged("c-2")})
        assert [one.customer for one in await store.responses("c-1", None, ALL)] == ["c-1"] * 2
        assert [one.customer for one in await store.cases("c-2", True, ALL)] == ["c-2"] * 2

    async def test_chains_lead_to_the_last(self, store: FeedbackStore) -> None:
        await keep(store, make_invitation("c-1"), 9)
        await store.remember({"c-1": merged("c-2"), "c-2": merged("c-3"), "c-3": Person(1, "fr")})
        for id in ("c-1", "c-2", "c-3"):
            assert await store.survivors([id]) == {id: "c-3"}
            assert len(await store.responses(id, None, ALL)) == 1
        assert (await store.visit(make_invitation("c-1"))).locale == "fr"

    async def test_a_link_from_before_the_merge_works(self, store: FeedbackStore) -> None:
        invitation = make_invitation("c-1")
        await store.invite([invitation])
        await store.remember({"c-1": merged("c-2"), "c-2": Person(1, "es")})
        assert await store.visit(invitation) == Visit("es", erased=False, answered=False)
        assert await keep(store, invitation, 2, "Late.") == "kept"
        assert (await store.visit(invitation)).answered
        (case,) = await store.cases("c-2", True, ALL)
        assert case.customer == "c-1"
        assert (await store.tally("order")).invitations == 1

    async def test_one_person_answers_once_whichever_id_the_link_names(
        self, store: FeedbackStore
    ) -> None:
        links = [Invitation(id, "order", TIME, act=make_ref()) for id in ("c-1", "c-2")]
        await store.remember({"c-1": merged("c-2")})
        outcomes = await asyncio.gather(*(keep(store, one) for one in links * 5))
        assert sorted(outcomes) == ["answered"] * 9 + ["kept"]
        for link in links:
            assert (await store.visit(link)).answered
        assert len(await store.responses("c-2", None, ALL)) == 1

    async def test_erasing_one_leaves_the_other_until_its_own_turn(
        self, store: FeedbackStore
    ) -> None:
        await keep(store, make_invitation("c-1"), 9)
        await keep(store, make_invitation("c-2", "m-2"), 9)
        await store.remember({"c-1": merged("c-2")})
        await store.erase("c-2", TIME)
        assert [one.customer for one in await store.responses("c-2", None, ALL)] == ["c-1"]
        await store.erase("c-1", TIME)
        assert await store.responses("c-1", None, ALL) == []
        assert await store.survivors(["c-1"]) == {"c-1": "c-1"}
        assert (await store.visit(make_invitation("c-1"))).erased
