"""What the inbound side calls, put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.notifier.domain.policy import Policy
from services.notifier.outbound.messages_topic import MessagesTopic
from services.notifier.pages.rendering import Pages
from services.notifier.ports.channels import Channel
from services.notifier.ports.stores import Stores
from services.notifier.use_cases.bouncing import TakeBounces
from services.notifier.use_cases.channel_status import ChannelStatus
from services.notifier.use_cases.deciding import DecideOccasions, PlanForPeople
from services.notifier.use_cases.preferring import Prefer
from services.notifier.use_cases.provider_reports import TakeProviderReports
from services.notifier.use_cases.requesting import AskForMessages
from services.notifier.use_cases.showing import ShowPreferences
from services.notifier.use_cases.simulating import Simulate
from services.notifier.use_cases.suppressed import WithSuppressed
from services.notifier.use_cases.suppressing import Suppressing
from services.notifier.use_cases.writing import Links, Writer
from services.notifier.wiring.wishes import Wishes
from shared.clock import Clock
from shared.programme.templates import TemplateSet
from shared.runtime import Infrastructure


@dataclass(frozen=True, slots=True)
class Deciding:
    """What decisions are made with, wherever they are made."""

    policy: Policy
    with_suppressed: WithSuppressed
    plan_for_people: PlanForPeople
    decide: DecideOccasions
    writer: Writer


@dataclass(frozen=True, slots=True)
class Notifier:
    """What the inbound side calls."""

    stores: Stores
    simulate: Simulate
    ask: AskForMessages
    channels: ChannelStatus
    prefer: Prefer
    preferences: ShowPreferences
    pages: Pages
    suppressing: Suppressing
    bounces: TakeBounces
    provider_reports: TakeProviderReports
    clock: Clock


def make_deciding(
    infrastructure: Infrastructure,
    stores: Stores,
    channels: Mapping[str, Channel],
    wake: Callable[[], None],
) -> Deciding:
    """`wake` is called when something is ready to be sent."""
    programme, clock = infrastructure.programme, infrastructure.clock
    policy = Policy(
        programme.thanks,
        {name: channel.route for name, channel in channels.items()},
        programme.attention,
        programme.settings.time_zone,
        programme.scoring.levels[0].name,
    )
    with_suppressed = WithSuppressed(
        stores.suppressions, policy.routes, infrastructure.pseudonym_key
    )
    plan_for_people = PlanForPeople(stores, policy, with_suppressed)
    announcer = MessagesTopic(infrastructure.log)
    return Deciding(
        policy,
        with_suppressed,
        plan_for_people,
        DecideOccasions(stores, plan_for_people, announcer, clock, wake),
        Writer(
            shop=programme.settings.shop,
            rules={rule.name: rule for rule in programme.thanks},
            routes=policy.routes,
            templates=TemplateSet(programme.templates, programme.settings.locale),
            links=Links(infrastructure.settings.links_url, infrastructure.link_secret, clock),
            customers=stores.customers,
            clock=clock,
        ),
    )


def make_notifier(
    infrastructure: Infrastructure,
    stores: Stores,
    deciding: Deciding,
    wishes: Wishes,
    channels: ChannelStatus,
) -> Notifier:
    """All that answers over HTTP."""
    decisions, clock = stores.decisions, infrastructure.clock
    acts = infrastructure.programme.acts.keys()
    return Notifier(
        stores=stores,
        simulate=Simulate(decisions, deciding.plan_for_people, deciding.writer, acts, clock),
        ask=AskForMessages(decisions, deciding.decide, deciding.writer.rules, clock),
        channels=channels,
        prefer=wishes.prefer,
        preferences=wishes.preferences,
        pages=wishes.pages,
        suppressing=wishes.suppressing,
        bounces=wishes.bounces,
        provider_reports=wishes.provider_reports,
        clock=clock,
    )
