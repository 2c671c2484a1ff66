"""The channel of a provider's HTTP API."""

from collections.abc import Sequence
from datetime import timedelta

from services.notifier.channels.exchange import Exchange
from services.notifier.channels.http.options import Options
from services.notifier.channels.http.placeholders import values_of
from services.notifier.channels.http.request import (
    BadSecret,
    RequestPattern,
    Unfit,
    authorization,
)
from services.notifier.channels.http.shortening import shorten
from services.notifier.channels.http.verdict import Meaning
from services.notifier.channels.setup import Setup, options_as
from services.notifier.domain.delivery import RETRY_AFTER, Receipt
from services.notifier.domain.policy import Route
from services.notifier.ports.channels import Channel, Letter
from shared.errors import Unavailable
from shared.programme.channel_rules import ChannelRules

MOST_READ = 65536
"""Bytes of an answer; a longer one is judged by its status."""


class HttpChannel:
    """One request a letter; a provider that takes a key by `idempotency_header` makes it
    idempotent."""

    schedule: Sequence[timedelta] = RETRY_AFTER

    def __init__(
        self, rules: ChannelRules, options: Options, pattern: RequestPattern, setup: Setup
    ) -> None:
        self.route = Route(rules.name, options.address)
        self.idempotent = options.idempotency_header is not None
        self._options = options
        self._pattern = pattern
        self._meaning = Meaning(
            options.success, options.deferred, options.refused, options.bad_address
        )
        self._secrets = setup.secrets
        self._clock = setup.clock
        self._exchange = Exchange(setup.make_client(), rules.at_once)

    async def hand_over(self, letter: Letter) -> Receipt:
        body, most = letter.text.body, self._options.max_length
        values = values_of(letter, body if most is None else shorten(body, most))
        try:
            request = self._pattern.fill(values)
            headers = {**request.headers, **self._secret_header()}
        except Unfit:
            return Receipt("refused", "unfit_address")
        except (BadSecret, Unavailable):
            return Receipt("deferred", "bad_secret", "provider")
        except LookupError:
            return Receipt("deferred", "no_secret", "provider")
        answer = await self._exchange.post(
            request.url, headers, request.body, method=self._options.method, most=MOST_READ
        )
        if isinstance(answer, Receipt):
            return answer
        return self._meaning.receipt(answer, self._clock.now())

    def _secret_header(self) -> dict[str, str]:
        if self._options.auth is None:
            return {}
        secrets = self._secrets(self.route.name)
        if not secrets:
            raise LookupError("the channel has no secret")
        name, value = authorization(self._options.auth, secrets[0])
        return {name: value}

    async def forget(self, id: str) -> None:
        """Nothing is held here."""

    async def close(self) -> None:
        await self._exchange.close()


def make(rules: ChannelRules, setup: Setup) -> Channel:
    """Raises Invalid for options that can't work."""
    options = options_as(rules, Options)
    pattern = RequestPattern(options, private=setup.settings.webhook_private)
    return HttpChannel(rules, options, pattern, setup)
