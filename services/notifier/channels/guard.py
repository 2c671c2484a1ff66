"""An HTTP client that a webhook can't lead into the network behind it (SSRF).

A name is looked up once for each attempt, and the very address that was judged is connected to: a
name server that answers the second time with another finds no second time. TLS still asks for
the name's certificate, and Host stays the name.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx

from services.notifier.channels.addresses import is_public

CONNECT_SECONDS = 5.0
_MOST_ADDRESSES = 3

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Forbidden(httpx.ConnectError):
    """The name stands for an address that must not be reached."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, the best first. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests to public addresses over `inner`; for one host, since connections are kept
    by address."""

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        resolve: Resolve = resolve,
        allows: Callable[[str], bool] = is_public,
    ) -> None:
        self._inner = inner
        self._resolve = resolve
        self._allows = allows

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises Forbidden, or what httpx raises."""
        if request.url.scheme != "https":
            raise Forbidden("only https", request=request)
        *others, last = await self._addresses(request)
        for address in others:
            try:
                return await self._inner.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_pinned(request, last))

    async def _addresses(self, request: httpx.Request) -> Sequence[str]:
        host, port = request.url.raw_host.decode("ascii"), request.url.port or 443
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                found = await self._resolve(host.strip("[]"), port)
        except TimeoutError:
            raise httpx.ConnectTimeout("no answer about the name", request=request) from None
        except (OSError, UnicodeError):
            raise httpx.ConnectError("the name is not known", request=request) from None
        # One bad address condemns the name: which of them is taken would be a matter of luck.
        if not found or not all(self._allows(address) for address in found):
            raise Forbidden("the name leads to an address that is not public", request=request)
        return found[:_MOST_ADDRESSES]

    async def aclose(self) -> None:
        await self._inner.aclose()


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def make_client(private: bool) -> httpx.AsyncClient:
    """For one channel, hence one host. `private`: may go anywhere, also by plain http."""
    # How many connections there are is the channel's own matter (at_once).
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    plain = httpx.AsyncHTTPTransport(limits=limits)
    return httpx.AsyncClient(
        transport=plain if private else GuardedTransport(plain),
        follow_redirects=False,
        trust_env=False,
    )
