"""Webhooks: the connectors, and the inbox between an answer and what comes of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import Counter

from services.events.connectors.port import Connector
from services.events.connectors.sources import make_connectors
from services.events.domain.pseudonyms import Pseudonyms
from services.events.ports.stores import Stores
from services.events.use_cases.carrying_out import CarryOut
from services.events.use_cases.deliveries import ReadDeliveries
from services.events.use_cases.inbox import AnswersFirst, EmptyInbox
from services.events.use_cases.taking import TakeEvents
from services.events.use_cases.webhooks import Count, ReceiveDeliveries
from services.events.wiring.people import People
from shared.named_secrets import NamedSecrets
from shared.rounds import Round
from shared.runtime import Infrastructure
from shared.supervision import Supervisor

SECONDS_BETWEEN_LOOKS = 5.0


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Deliveries: received, read, and carried out."""

    receive: ReceiveDeliveries
    deliveries: ReadDeliveries
    empty_inbox: EmptyInbox


def connect(infrastructure: Infrastructure) -> Mapping[str, Connector]:
    """The connectors of the programme's sources. Raises ProgrammeInvalid."""
    pseudonyms = Pseudonyms(infrastructure.pseudonym_key)
    return make_connectors(infrastructure.programme, pseudonyms.email)


@contextmanager
def open_webhooks(
    infrastructure: Infrastructure,
    stores: Stores,
    connectors: Mapping[str, Connector],
    people: People,
    take: TakeEvents,
    supervisor: Supervisor,
) -> Iterator[Webhooks]:
    """With the round that empties the inbox."""
    clock, metrics = infrastructure.clock, infrastructure.edge.metrics
    carry_out = CarryOut(
        people.introduce, people.link, take, people.customers, stores.data_requests, clock
    )
    with (
        _counting(infrastructure) as count,
        metrics.gauge(
            "requite_inbox_deliveries", "Deliveries of webhooks that wait to be carried out."
        ) as waiting,
        metrics.gauge(
            "requite_inbox_age_seconds", "Time for which the oldest of them has waited."
        ) as age,
    ):
        deliveries = ReadDeliveries(connectors, carry_out, stores.quarantine, clock, count)
        # The file of SQLite has one process, which goes on at once with what it had taken before.
        owner = "this" if infrastructure.settings.storage == "sqlite" else infrastructure.ids()
        empty_inbox = EmptyInbox(stores.inbox, deliveries, clock, owner, waiting.set, age.set)
        answers_first = AnswersFirst(empty_inbox, lambda: inbox.wake())
        inbox = Round("events_inbox", answers_first, SECONDS_BETWEEN_LOOKS)
        supervisor.start(inbox.name, inbox.run(), inbox.stop)
        secrets = NamedSecrets(infrastructure.settings.webhook_secrets)
        receive = ReceiveDeliveries(
            connectors, secrets, stores.inbox, clock, count, answers_first.came
        )
        yield Webhooks(receive, deliveries, empty_inbox)


@contextmanager
def _counting(infrastructure: Infrastructure) -> Iterator[Count]:
    """Deliveries of webhooks, by source and by what became of them."""
    registry = infrastructure.edge.metrics.registry
    deliveries = Counter(
        "requite_webhook_deliveries",
        "Deliveries of webhooks, by what became of them.",
        ("source", "outcome"),
        registry=registry,
    )
    try:
        yield lambda source, kind: deliveries.labels(source, kind).inc()
    finally:
        registry.unregister(deliveries)
