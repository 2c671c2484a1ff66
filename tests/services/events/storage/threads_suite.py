"""What every memory of threads does; each adapter's test module binds `stores`."""

from datetime import timedelta

from services.events.domain.thread import MOST_POSTS, Entry, TakenBack, note
from services.events.ports.stores import Stores
from services.events.ports.threads import RETENTION
from shared.contracts.cloudevents import CloudEvent
from tests.services.events.builders import NOW
from tests.services.events.detectors.builders import (
    SOURCE,
    make_acceptance,
    make_post,
    make_withdrawal,
)


def noted(*events: CloudEvent) -> list[Entry | TakenBack]:
    """What is to be remembered of these."""
    return [found for found in map(note, events) if found is not None]


class ThreadsSuite:
    """Threads."""

    async def test_a_thread_comes_back_as_it_was_told(self, stores: Stores) -> None:
        first, second = noted(make_post("p-1", "c-1", "Hello"), make_acceptance())
        (thread,) = await stores.threads.remember([first], NOW)
        assert (thread.key, thread.entries) == ((SOURCE, "t-1"), (first,))
        (thread,) = await stores.threads.remember([second, second], NOW)
        assert set(thread.entries) == {first, second}
        assert await stores.threads.remember([], NOW) == []

    async def test_threads_of_other_sources_and_ids_are_others(self, stores: Stores) -> None:
        await stores.threads.remember(
            noted(
                make_post("p-1", "c-1", "Hello", source="/elsewhere"),
                make_post("p-2", "c-1", "Hello", thread_id="t-2"),
            ),
            NOW,
        )
        (thread,) = await stores.threads.remember(noted(make_post("p-3", "c-1", "Hello")), NOW)
        assert [entry.content_id for entry in thread.entries] == ["p-3"]

    async def test_what_is_told_again_replaces_what_stood(self, stores: Stores) -> None:
        await stores.threads.remember(noted(make_post("p-1", "forum:x:anna", "Hello")), NOW)
        (thread,) = await stores.threads.remember(noted(make_post("p-1", "c-7", "Hello")), NOW)
        assert [entry.author for entry in thread.entries] == ["c-7"]

    async def test_a_withdrawal_counts_before_and_after(self, stores: Stores) -> None:
        taken_back = noted(make_withdrawal("accepted-1"))
        assert await stores.threads.remember(taken_back, NOW) == []
        (thread,) = await stores.threads.remember(noted(make_acceptance()), NOW)
        assert thread.withdrawn == {"accepted-1"}
        (thread,) = await stores.threads.remember(taken_back, NOW)
        assert thread.withdrawn == {"accepted-1"}
        elsewhere = noted(make_withdrawal("accepted-2", "/elsewhere"))
        await stores.threads.remember(elsewhere, NOW)
        (thread,) = await stores.threads.remember(noted(make_acceptance("accepted-2")), NOW)
        assert thread.withdrawn == {"accepted-1"}

    async def test_it_is_bounded(self, stores: Stores) -> None:
        posts = [make_post(f"x{n}", "c-1", "more") for n in range(MOST_POSTS + 5)]
        (thread,) = await stores.threads.remember(noted(*posts[:3]), NOW)
        (thread,) = await stores.threads.remember(noted(*posts), NOW)
        assert len(thread.entries) == MOST_POSTS

    async def test_it_fades(self, stores: Stores) -> None:
        await stores.threads.remember(
            noted(make_post("p-1", "c-1", "Hello"), make_withdrawal("accepted-1")), NOW
        )
        later = NOW + RETENTION
        (thread,) = await stores.threads.remember(noted(make_post("p-2", "c-2", "Hi")), later)
        assert len(thread.entries) == 2
        later += timedelta(seconds=1)
        (thread,) = await stores.threads.remember(noted(make_acceptance()), later)
        assert {entry.id for entry in thread.entries} == {"post-p-2", "accepted-1"}
        assert thread.withdrawn == frozenset()

    async def test_forgetting_takes_what_was_said_and_received(self, stores: Stores) -> None:
        await stores.threads.remember(
            noted(
                make_post("p-1", "c-asker", "Hello"),
                make_post("p-2", "c-2", "Hello"),
                make_acceptance(asker="c-3"),
            ),
            NOW,
        )
        await stores.threads.forget(["c-asker", "forum:x:anna"])
        (thread,) = await stores.threads.remember(noted(make_post("p-3", "c-4", "Hello")), NOW)
        assert {entry.id for entry in thread.entries} == {"post-p-2", "post-p-3"}
