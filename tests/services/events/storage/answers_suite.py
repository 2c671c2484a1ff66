"""What every Answers store does; each adapter's test module binds `stores`."""

from datetime import timedelta

from services.events.ports.answers import Answer, Asked
from services.events.ports.stores import Stores
from tests.services.events.builders import NOW

ANSWER = Answer(202, "application/json", b'{"accepted":1}')


class AnswersSuite:
    """Answers to requests with an Idempotency-Key."""

    async def test_a_key_is_taken_once_and_keeps_its_answer(self, stores: Stores) -> None:
        assert await stores.answers.begin("k", b"f", NOW) is None
        assert await stores.answers.begin("k", b"g", NOW) == Asked(b"f", None)
        await stores.answers.finish("k", ANSWER)
        assert await stores.answers.begin("k", b"f", NOW) == Asked(b"f", ANSWER)
        assert await stores.answers.begin("other", b"f", NOW) is None

    async def test_a_released_key_is_free(self, stores: Stores) -> None:
        await stores.answers.begin("k", b"f", NOW)
        await stores.answers.release("k")
        assert await stores.answers.begin("k", b"g", NOW) is None
        await stores.answers.finish("k", ANSWER)
        await stores.answers.release("k")
        assert await stores.answers.begin("k", b"g", NOW) == Asked(b"g", ANSWER)

    async def test_who_died_holds_a_key_for_a_minute(self, stores: Stores) -> None:
        await stores.answers.begin("k", b"f", NOW)
        soon, later = NOW + timedelta(seconds=59), NOW + timedelta(seconds=61)
        assert await stores.answers.begin("k", b"f", soon) == Asked(b"f", None)
        assert await stores.answers.begin("k", b"f", later) is None

    async def test_an_answer_lasts_a_day(self, stores: Stores) -> None:
        await stores.answers.begin("k", b"f", NOW)
        await stores.answers.finish("k", ANSWER)
        assert await stores.answers.begin("k", b"f", NOW + timedelta(hours=23)) is not None
        assert await stores.answers.begin("k", b"f", NOW + timedelta(hours=25)) is None
