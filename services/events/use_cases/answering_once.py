"""A request that is sent again under the same key gets the answer of the first time.

The Idempotency-Key HTTP Header Field, draft-ietf-httpapi-idempotency-key-header-07.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.events.ports.answers import Answer, Answers
from shared.clock import Clock
from shared.errors import Conflict, Invalid


class StillRunning(Conflict):
    """The first request with this key has no answer yet."""


@dataclass(frozen=True, slots=True)
class AnswerOnce:
    """Answers of one route, told apart by who asks."""

    answers: Answers
    clock: Clock

    async def __call__(
        self, asker: str, key: str, body: bytes, work: Callable[[], Awaitable[Answer]]
    ) -> tuple[Answer, bool]:
        """The answer, and whether it is one of an earlier request.

        What `work` raises frees the key, since nothing was concluded; so does an answer of 500
        and above. Raises StillRunning; Invalid when the key came with another body before.
        """
        place = hashlib.sha256(f"{asker} {key}".encode()).hexdigest()
        fingerprint = hashlib.sha256(body).digest()
        asked = await self.answers.begin(place, fingerprint, self.clock.now())
        if asked is not None:
            if asked.fingerprint != fingerprint:
                raise Invalid("this Idempotency-Key came with another request before")
            if asked.answer is None:
                raise StillRunning("the first request with this Idempotency-Key is still running")
            return asked.answer, True
        try:
            answer = await work()
        except BaseException:
            await self.answers.release(place)
            raise
        if answer.status >= 500:
            await self.answers.release(place)
        else:
            await self.answers.finish(place, answer)
        return answer, False
