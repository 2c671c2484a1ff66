"""A process that dies at a call of a port."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from tests.services.notifier.parts import Parts

Moment = Literal["before", "after"]


class Died(BaseException):
    """The process is gone: nothing that would come after happens."""


@dataclass
class Fuse:
    """Burns down by one a call, and kills at the last, before or after the call has worked; burnt
    down it kills whatever comes."""

    left: int
    moment: Moment

    async def __call__(self, call: Callable[[], Any]) -> Any:
        self.left -= 1
        if self.left < 0 or (self.left == 0 and self.moment == "before"):
            raise Died
        result = await call()
        if self.left == 0:
            raise Died
        return result


class Mortal:
    """Passes every call of a port on, through the fuse."""

    def __init__(self, port: object, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if not asyncio.iscoroutinefunction(member):
            return member

        async def call(*arguments: Any) -> Any:
            return await self._fuse(lambda: member(*arguments))

        return call


def mortal(parts: Parts, fuse: Fuse) -> Parts:
    """Another process on the same stores, which dies with the fuse."""
    stores: Any = parts.stores
    ports = ("customers", "decisions", "messages", "suppressions", "channels")
    dying: Any = {name: Mortal(getattr(stores, name), fuse) for name in ports}
    wrap: Any = Mortal
    return replace(
        parts,
        stores=replace(stores, **dying),
        publisher=wrap(parts.publisher, fuse),
        channel=wrap(parts.channel, fuse),
        more=tuple(wrap(one, fuse) for one in parts.more),
        gates={},
    )
