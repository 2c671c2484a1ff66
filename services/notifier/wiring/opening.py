"""The service from its stores to what answers and what runs by itself."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from services.notifier.channels.checking import make_channels
from services.notifier.channels.setup import Setup
from services.notifier.ports.channels import Channel
from services.notifier.storage.opening import open_stores
from services.notifier.use_cases.channel_status import ChannelStatus
from services.notifier.use_cases.gatekeeping import Gatekeeper
from services.notifier.use_cases.measuring import Measure
from services.notifier.use_cases.suppressing import SuppressErased
from services.notifier.wiring.metrics import measuring
from services.notifier.wiring.rounds import Wake, make_rounds
from services.notifier.wiring.topics import make_consumer
from services.notifier.wiring.use_cases import Notifier, make_deciding, make_notifier
from services.notifier.wiring.wishes import hearing_wishes
from shared.named_secrets import NamedSecrets
from shared.runtime import Infrastructure


@asynccontextmanager
async def open_notifier(infrastructure: Infrastructure) -> AsyncIterator[Notifier]:
    """The service with its consumer and its rounds running.

    Raises ProgrammeInvalid for a wrong channel, Invalid for a wrong mail setting; Unavailable if
    its store can't be reached.
    """
    programme, clock, wake = infrastructure.programme, infrastructure.clock, Wake()
    async with (
        _channels(infrastructure) as channels,
        open_stores(infrastructure.settings, infrastructure.pseudonym_key) as stores,
        infrastructure.supervise() as supervisor,
    ):
        deciding = make_deciding(infrastructure, stores, channels, wake)
        gates = {
            name: Gatekeeper(
                name, stores.channels, programme.channels[name].per_second, infrastructure.ids()
            )
            for name in channels
        }
        status = ChannelStatus(programme.channels, gates, stores.channels, clock, wake)
        with (
            hearing_wishes(infrastructure, stores, deciding.policy, wake) as wishes,
            measuring(infrastructure) as metrics,
        ):
            measure = Measure(
                stores.decisions, programme.attention.objective, clock, metrics.unthanked
            )
            wake.rounds = make_rounds(
                infrastructure,
                stores,
                channels,
                gates,
                deciding,
                wishes.tell,
                measure,
                wake,
                metrics.observe,
            )
            suppress = SuppressErased(stores.customers, wishes.suppressing)
            consumer = make_consumer(infrastructure, stores, deciding.decide, suppress, wake)
            for one in wake.rounds:
                supervisor.start(one.name, one.run(), one.stop)
            with (
                infrastructure.edge.health.adding("notifier_store", stores.customers.ping),
                infrastructure.consuming(consumer, supervisor),
            ):
                yield make_notifier(infrastructure, stores, deciding, wishes, status)


@asynccontextmanager
async def _channels(infrastructure: Infrastructure) -> AsyncIterator[Mapping[str, Channel]]:
    settings = infrastructure.settings
    secrets = NamedSecrets(settings.channel_secrets)
    setup = Setup(settings, infrastructure.clock, secrets.of)
    async with AsyncExitStack() as stack:
        channels = make_channels(infrastructure.programme, setup)
        for channel in channels.values():
            stack.push_async_callback(channel.close)
        yield channels
