"""Acts in, hidden acts out: the same set whatever the order and however often."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.events.detectors.accepted_answer import AcceptedAnswer
from services.events.detectors.thankful_reply import ThankfulReply
from services.events.detectors.word_list import WordList
from services.events.detectors.word_of_mouth import WordOfMouth
from services.events.domain.identity import Link
from services.events.domain.suggestion import Suggestion
from services.events.ports.stores import Stores
from services.events.storage.sqlite.opening import open_sqlite_stores
from services.events.use_cases.discovery import Discover, Discovery
from services.events.use_cases.suggestions import DecideSuggestions, TellFindings
from shared.config import Settings
from shared.contracts.acts import short_name
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Conflict, Unavailable
from shared.programme.model import Detection
from tests.services.events.builders import make_event
from tests.services.events.detectors.builders import (
    make_acceptance,
    make_post,
    make_withdrawal,
)
from tests.services.events.use_cases.people import People

RULES = {
    "accepted_answer": Detection(True, 0.9, 0.5),
    "thankful_reply": Detection(True, None, 0.5),
    "word_of_mouth": Detection(True, 0.8, 0.5),
}
THREAD = [
    make_post("p-1", "c-asker", "My pot drips. What can I do?"),
    make_post("p-2", "c-helper", "Turn the lid."),
    make_post("p-3", "c-asker", "Thanks, that worked!"),
]


class Finder:
    """Discovery over real stores, with a topic that remembers."""

    def __init__(self, stores: Stores, rules: dict[str, Detection]) -> None:
        self.stores, self.people = stores, People(stores)
        tell = TellFindings(self.people.take, stores.suggestions)
        detectors = (AcceptedAnswer(), ThankfulReply(WordList()), WordOfMouth())
        discovery = Discovery([one for one in detectors if rules[one.name].on], rules)
        self.discover = Discover(
            discovery,
            stores.threads,
            stores.suggestions,
            stores.identities,
            tell,
            self.people.clock,
        )
        self.decide = DecideSuggestions(stores.suggestions, tell, self.people.clock)

    async def see(self, *events: CloudEvent) -> None:
        await self.discover.look_at(events)

    async def suggested(self) -> Sequence[Suggestion]:
        return await self.stores.suggestions.page("open", None, None, 100)

    @property
    def told(self) -> list[str]:
        return [act.id for act in self.people.acts.published]

    @property
    def net(self) -> set[tuple[str, str, str | None]]:
        """What stands of all that was told, by kind, id and subject."""
        acts = {(short_name(act.type), act.id, act.subject) for act in self.people.acts.published}
        gone = {id.removeprefix("withdrawal-") for kind, id, _ in acts if kind == "withdrawal"}
        return {one for one in acts if one[0] != "withdrawal" and one[1] not in gone}


@asynccontextmanager
async def open_finder(
    folder: Path, rules: dict[str, Detection] | None = None
) -> AsyncIterator[Finder]:
    async with open_sqlite_stores(folder / "events.sqlite", Settings()) as stores:
        await People(stores).link([Link("forum:x:anna", "c-anna")])
        yield Finder(stores, RULES | (rules or {}))


@pytest.fixture
async def finder(tmp_path: Path) -> AsyncIterator[Finder]:
    async with open_finder(tmp_path) as opened:
        yield opened


async def test_an_accepted_answer_is_told_at_once_and_once(finder: Finder) -> None:
    await finder.see(make_acceptance())
    await finder.see(make_acceptance(), make_acceptance())
    (act,) = finder.people.acts.published
    assert (act.id, act.subject) == ("help-given-p-1", "c-anna")
    assert act.time == make_acceptance().time
    assert await finder.suggested() == []


async def test_the_help_of_a_stranger_waits_for_its_alias(finder: Finder) -> None:
    await finder.see(make_acceptance(helper="forum:x:bob"))
    assert finder.told == []
    await finder.people.link([Link("forum:x:bob", "c-bob")])
    assert finder.net == {("help", "help-given-p-1", "c-bob")}


async def test_one_person_under_two_names_keeps_no_help(finder: Finder) -> None:
    await finder.see(make_acceptance(asker="forum:x:bob", helper="forum:x:robert"))
    await finder.people.link([Link("forum:x:bob", "c-bob"), Link("forum:x:robert", "c-bob")])
    assert finder.net == {("help", "help-given-p-1", "c-bob")}
    await finder.see(*finder.people.acts.published)
    assert finder.net == set()


async def test_whoever_began_a_topic_is_judged_again_once_they_are_known(finder: Finder) -> None:
    acceptance = make_acceptance(asker="topic:x:42", helper="forum:x:bob")
    own = make_acceptance(
        "own", asker="topic:x:43", helper="forum:x:bob", thread_id="t-2", content_id="p-5"
    )
    await finder.see(acceptance, own)
    assert len(await finder.suggested()) == 2
    await finder.people.link([Link("forum:x:bob", "c-bob")])
    await finder.people.link([Link("topic:x:42", "forum:x:eve"), Link("topic:x:43", "forum:x:bob")])
    await finder.see(make_post("p-0", "forum:x:eve", "How?"))
    await finder.see(make_post("p-4", "forum:x:bob", "How?", thread_id="t-2"))
    assert await finder.suggested() == []
    assert finder.net == {("help", "help-given-p-1", "c-bob")}


async def test_two_names_of_one_stranger_are_one_person(finder: Finder) -> None:
    await finder.people.link([Link("topic:x:42", "forum:x:bob")])
    await finder.see(make_acceptance(asker="topic:x:42", helper="forum:x:bob"))
    assert await finder.stores.suggestions.page(None, None, None, 10) == []


STEPS = [
    make_acceptance("a-1"),
    make_withdrawal("a-1"),
    make_acceptance("a-2"),
    make_withdrawal("a-2"),
    make_acceptance("a-3"),
    make_acceptance("b-1", content_id="p-2", helper="c-carla", time="2026-05-01T10:00:00Z"),
]


@given(
    told=st.permutations(STEPS).flatmap(
        lambda steps: st.lists(st.sampled_from(STEPS), max_size=4).map(lambda more: steps + more)
    ),
    cuts=st.sets(st.integers(1, 9)),
    last=st.sampled_from([0, 1]),
)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
async def test_any_order_of_accepting_comes_to_the_same(
    told: list[CloudEvent], cuts: set[int], last: int
) -> None:
    """With `last` the answer ends up accepted; without, all acceptances are taken back."""
    steps = told if last else [*told, make_withdrawal("a-3")]
    ends = sorted({*(cut for cut in cuts if cut < len(steps)), len(steps)})
    with TemporaryDirectory() as folder:
        async with open_finder(Path(folder)) as finder:
            for start, end in zip([0, *ends], ends, strict=False):
                await finder.see(*steps[start:end])
            assert finder.net == ({("help", "help-given-p-1-3", "c-anna")} if last else set())


@given(told=st.permutations(THREAD + THREAD[:2]), cut=st.integers(0, 5))
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
async def test_any_order_of_posts_comes_to_the_same_suggestion(
    told: list[CloudEvent], cut: int
) -> None:
    with TemporaryDirectory() as folder:
        async with open_finder(Path(folder)) as finder:
            await finder.see(*told[:cut])
            await finder.see(*told[cut:])
            (found,) = await finder.suggested()
            assert (found.act.id, found.act.subject) == ("help-thanked-p-3", "c-helper")
            assert finder.told == []


async def test_thanks_are_suggested_until_the_answer_is_accepted(finder: Finder) -> None:
    await finder.see(*THREAD)
    assert len(await finder.suggested()) == 1
    accepted = make_acceptance("a-1", content_id="p-2", helper="c-helper")
    await finder.see(accepted)
    assert await finder.suggested() == []
    assert finder.net == {("help", "help-given-p-2", "c-helper")}
    await finder.see(make_withdrawal("a-1"))
    (again,) = await finder.suggested()
    assert again.act.id == "help-thanked-p-3"
    assert finder.net == set()


async def test_thresholds(tmp_path: Path) -> None:
    confidence = 0.8232
    rules = [
        (Detection(True, 0.9, 0.9), 0, 0),
        (Detection(True, 0.9, 0.5), 1, 0),
        (Detection(True, confidence, confidence), 0, 1),
        (Detection(False, 0.1, 0.1), 0, 0),
    ]
    for number, (rule, suggested, told) in enumerate(rules):
        folder = tmp_path / str(number)
        async with open_finder(folder, {"thankful_reply": rule}) as finder:
            await finder.see(*THREAD)
            assert len(await finder.suggested()) == suggested
            assert len(finder.told) == told


async def test_a_confirmed_suggestion_is_told_with_its_own_time(finder: Finder) -> None:
    await finder.see(*THREAD)
    (found,) = await finder.suggested()
    finder.people.clock.advance(timedelta(days=3))
    for _ in range(2):
        confirmed = await finder.decide.confirm(found.id, "key-1")
        assert confirmed is not None
        assert (confirmed.status, confirmed.decided_by) == ("confirmed", "key-1")
    (act,) = finder.people.acts.published
    assert (act.id, act.time) == ("help-thanked-p-3", THREAD[2].time)
    await finder.see(*THREAD)
    assert len(finder.told) == 1


async def test_a_rejection_afterwards_takes_it_back(finder: Finder) -> None:
    await finder.see(*THREAD)
    (found,) = await finder.suggested()
    await finder.decide.confirm(found.id, "key-1")
    for _ in range(2):
        await finder.decide.reject(found.id, "key-2", "it did not work after all")
    assert finder.told == ["help-thanked-p-3", "withdrawal-help-thanked-p-3"]
    assert finder.net == set()
    with pytest.raises(Conflict):
        await finder.decide.confirm(found.id, "key-1")


async def test_a_topic_that_is_away_loses_nothing(finder: Finder) -> None:
    finder.people.acts.fails = 1
    with pytest.raises(Unavailable):
        await finder.see(make_acceptance())
    await finder.see(make_acceptance())
    assert finder.net == {("help", "help-given-p-1", "c-anna")}
    await finder.see(*THREAD[:2], make_post("p-3", "c-asker", "Thanks, solved", thread_id="t-1"))
    found = await finder.stores.suggestions.page("emitted", None, None, 10)
    finder.people.acts.fails = 1
    with pytest.raises(Unavailable):
        await finder.decide.reject(found[0].id, "key")
    await finder.decide.reject(found[0].id, "key")
    assert finder.net == set()


async def test_word_of_mouth(finder: Finder) -> None:
    bought = {"order_id": "1", "total": "5.00", "currency": "EUR"}
    named = make_event(data=bought | {"referred_by": "forum:x:anna"})
    await finder.see(named, named, make_event(data=bought | {"referred_by": "c-1"}, id="2"))
    assert finder.net == {("recommendation", "recommendation-1", "c-anna")}
    told = make_event(data=bought | {"order_id": "2", "how_did_you_hear": "Bob, in the choir"})
    await finder.see(told)
    (found,) = await finder.suggested()
    undecided = await finder.decide.decide([found.id, "f" * 32], [], "key")
    assert [one.id for one in undecided] == [found.id, "f" * 32]
    await finder.decide.confirm(found.id, "key", "c-bob")
    assert ("recommendation", "recommendation-2", "c-bob") in finder.net


async def test_other_acts_and_broken_ones_pass_by(finder: Finder) -> None:
    broken = msgspec.structs.replace(make_acceptance(), data=b"[")
    await finder.see(make_event("review"), make_event(), broken)
    assert (finder.told, await finder.suggested()) == ([], [])


async def test_forgetting_reaches_memory_and_suggestions(finder: Finder) -> None:
    await finder.see(*THREAD)
    for one in (finder.stores.threads, finder.stores.suggestions):
        await one.forget(["c-helper"])
    assert await finder.suggested() == []
    await finder.see(THREAD[2])
    assert await finder.suggested() == []
