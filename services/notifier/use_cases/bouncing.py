"""Heed what comes back: do not use a dead address, do not write to who complained."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import structlog

from services.notifier.domain.message import Message
from services.notifier.domain.policy import Route
from services.notifier.domain.returned import Returned
from services.notifier.domain.wish import stop
from services.notifier.ports.stores import Stores
from services.notifier.ports.suppressions import Cause
from services.notifier.use_cases.preferring import Prefer
from services.notifier.use_cases.suppressing import Suppressing

Outcome = Literal["suppressed", "withdrawn", "counted", "ignored"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of it; `reason` says why it was ignored."""

    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TakeBounces:
    """The same once more changes nothing. `count` is told the kind and what came of it."""

    stores: Stores
    prefer: Prefer
    suppressing: Suppressing
    routes: Mapping[str, Route]
    count: Callable[[str, str], None]

    async def __call__(self, returned: Returned) -> Taken:
        """Raises Unavailable."""
        message = await self._message(returned)
        customers = await self._customers(returned, message)
        taken = await self._take(returned, message, customers)
        self.count(returned.kind, taken.outcome)
        log.info(
            "message_returned",
            kind=returned.kind,
            outcome=taken.outcome,
            code=returned.code,
            message=message and message.id,
        )
        return taken

    def ignore(self, reason: str) -> Taken:
        """Of what says nothing of a message."""
        self.count("other", "ignored")
        log.info("message_returned", kind="other", outcome="ignored", reason=reason)
        return Taken("ignored", reason)

    async def _take(
        self, returned: Returned, message: Message | None, customers: tuple[str, ...]
    ) -> Taken:
        known = bool(message or customers)
        if not known and not (returned.trusted and returned.addresses):
            return Taken("ignored", "no message that is known here")
        match returned.kind:
            case "soft":
                return Taken("counted")
            case "unsubscribe":
                for one in customers:
                    await self.prefer.stop(one, message.id if message else None, "mail")
                return Taken("withdrawn") if customers else Taken("ignored", "nobody has it")
            case "complaint":
                await self._suppress(returned, message)
                for one in customers:
                    await self.prefer(one, stop(), "mail")
            case "hard":
                await self._suppress(returned, message)
        return Taken("suppressed")

    async def _message(self, returned: Returned) -> Message | None:
        ids = (*returned.messages, *(link.message_id for link in returned.links))
        for id in dict.fromkeys(filter(None, ids)):
            message = await self.stores.messages.message(id)
            if message is not None:
                return message
        return None

    async def _customers(self, returned: Returned, message: Message | None) -> tuple[str, ...]:
        """Whom it is about: the message's customer, the link's, or who has the address."""
        if message is not None:
            return (message.customer,)
        if returned.links:
            return (returned.links[0].customer,)
        if not returned.trusted or returned.kind in ("hard", "soft"):
            return ()
        found: dict[str, None] = {}
        for kind, address in returned.addresses:
            digest = self.suppressing.digest(kind or "email", address)
            found |= dict.fromkeys(await self.stores.customers.with_address(digest))
        return tuple(found)

    async def _suppress(self, returned: Returned, message: Message | None) -> None:
        """The address that the message went to, as it is now; those that are named only if their
        teller is trusted: whoever got a message can make up a mail that names anybody."""
        route = self.routes.get(message.channel) if message else None
        kind = route.address if route else "email"
        named = returned.addresses if returned.trusted else ()
        addresses = [(own or kind, address) for own, address in named]
        whose = [message.customer] if message and route else []
        if message is None:
            whose = [link.customer for link in returned.links[:1]]
        found = await self.stores.customers.customers(whose)
        addresses += [(kind, to) for one in found.values() if (to := one.address(kind))]
        # A customer's own id is no address.
        theirs = [one for one in addresses if one[0] != "customer"]
        cause: Cause = "complaint" if returned.kind == "complaint" else "hard_bounce"
        id = message.id if message else None
        await self.suppressing.add(theirs, cause, id, returned.code, returned.time)
