"""The only place of the notifier that chooses adapters."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.notifier.inbound.customers_topic import CustomersTopic
from services.notifier.inbound.engagement_topic import EngagementTopic
from services.notifier.inbound.feedback_topic import FeedbackTopic
from services.notifier.outbound.email import read_sender
from services.notifier.outbound.file_channel import FileChannel
from services.notifier.outbound.messages_topic import MessagesTopic
from services.notifier.outbound.smtp_channel import SmtpChannel, read_url
from services.notifier.ports import Channel, Stores
from services.notifier.storage import mongo, sqlite
from services.notifier.use_cases.announcing import Announce
from services.notifier.use_cases.customers import KeepCases, KeepCustomers
from services.notifier.use_cases.deciding import DecideActs, DecideAgain
from services.notifier.use_cases.retention import ForgetTexts
from services.notifier.use_cases.sending import SendMessages, Writer
from shared.config import Settings
from shared.contracts.topics import CUSTOMERS, ENGAGEMENT, FEEDBACK
from shared.messaging.consumer import Consumer
from shared.programme.templates import TemplateSet
from shared.rounds import Round
from shared.runtime import Infrastructure
from shared.storage.mongo import migrate, open_mongo
from shared.storage.sqlite import open_database

Wake = Callable[[], None]

SENDERS = 4
SECONDS_BETWEEN_LOOKS = 5.0
SECONDS_BETWEEN_CLEANINGS = 3600.0


@dataclass(frozen=True, slots=True)
class Notifier:
    """What the inbound side calls."""

    stores: Stores


@asynccontextmanager
async def open_notifier(infrastructure: Infrastructure) -> AsyncIterator[Notifier]:
    """The service with its consumer and senders running.

    Raises Invalid for a wrong mail setting; Unavailable if its store can't be reached.
    """
    channels = _channels(infrastructure.settings)
    health = infrastructure.edge.health
    async with (
        _open_stores(infrastructure.settings) as stores,
        infrastructure.supervise() as supervisor,
    ):
        rounds: list[Round] = []

        def wake() -> None:
            for one in rounds:
                one.wake()

        rounds += _rounds(infrastructure, stores, channels, wake)
        consumer = _consumer(infrastructure, stores, wake)
        for one in rounds:
            supervisor.start(one.name, one.run(), one.stop)
        with (
            health.adding("notifier_store", stores.customers.ping),
            infrastructure.consuming(consumer, supervisor),
        ):
            yield Notifier(stores)


def _consumer(infrastructure: Infrastructure, stores: Stores, wake: Wake) -> Consumer:
    clock, log = infrastructure.clock, infrastructure.log
    rules = {rule.on: rule for rule in infrastructure.programme.thanks}
    decide = DecideActs(stores, rules, MessagesTopic(log), clock, wake)
    return Consumer(
        "notifier",
        log,
        {
            ENGAGEMENT.name: EngagementTopic(decide),
            CUSTOMERS.name: CustomersTopic(KeepCustomers(stores, clock, wake)),
            FEEDBACK.name: FeedbackTopic(KeepCases(stores, clock, wake)),
        },
        clock=clock,
    )


def _rounds(
    infrastructure: Infrastructure, stores: Stores, channels: Mapping[str, Channel], wake: Wake
) -> list[Round]:
    clock, programme = infrastructure.clock, infrastructure.programme
    writer = Writer(
        shop=programme.settings.shop,
        rules={rule.name: rule for rule in programme.thanks},
        templates=TemplateSet(programme.templates, programme.settings.locale),
        public_url=infrastructure.settings.links_url,
        link_secret=infrastructure.link_secret,
        clock=clock,
    )
    send = SendMessages(stores, channels, writer, clock, infrastructure.ids, wake)
    again = DecideAgain(stores, {rule.on: rule for rule in programme.thanks}, clock, wake)
    announce = Announce(stores, MessagesTopic(infrastructure.log))
    forget = ForgetTexts(stores.messages, clock)
    return [
        Round("notifier_held", again, SECONDS_BETWEEN_LOOKS),
        Round("notifier_outbox", announce, SECONDS_BETWEEN_LOOKS),
        Round("notifier_retention", forget, SECONDS_BETWEEN_CLEANINGS),
        *(
            Round(f"notifier_sender_{number}", send, SECONDS_BETWEEN_LOOKS)
            for number in range(1, SENDERS + 1)
        ),
    ]


def _channels(settings: Settings) -> Mapping[str, Channel]:
    sender = read_sender(settings.mail_from)
    if settings.mail == "smtp":
        return {"email": SmtpChannel(read_url(settings.smtp_url.get_secret_value()), sender)}
    return {"email": FileChannel(settings.data_dir / "mail", sender)}


@asynccontextmanager
async def _open_stores(settings: Settings) -> AsyncIterator[Stores]:
    if settings.storage == "mongodb":
        url = settings.mongodb_url.get_secret_value()
        async with open_mongo(url, "requite_notifier") as database:
            await migrate(database, mongo.MIGRATIONS)
            yield mongo.mongo_stores(database)
    else:
        path = settings.data_dir / "notifier.sqlite"
        async with open_database(path, sqlite.MIGRATIONS) as database_file:
            await sqlite.end_leases(database_file)
            yield sqlite.sqlite_stores(database_file)
