"""What customers want and what came back, put together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import Counter

from services.notifier.domain.policy import Policy
from services.notifier.outbound.messages_topic import MessagesTopic
from services.notifier.pages.rendering import Pages
from services.notifier.ports.stores import Stores
from services.notifier.use_cases.bouncing import TakeBounces
from services.notifier.use_cases.preferring import Prefer, TellWishes
from services.notifier.use_cases.provider_reports import TakeProviderReports
from services.notifier.use_cases.showing import ShowPreferences
from services.notifier.use_cases.suppressing import Suppressing
from shared.named_secrets import NamedSecrets
from shared.runtime import Infrastructure


@dataclass(frozen=True, slots=True)
class Wishes:
    """`tell` is for a round of its own, which `wake` has to wake."""

    prefer: Prefer
    preferences: ShowPreferences
    pages: Pages
    suppressing: Suppressing
    bounces: TakeBounces
    provider_reports: TakeProviderReports
    tell: TellWishes


@contextmanager
def hearing_wishes(
    infrastructure: Infrastructure, stores: Stores, policy: Policy, wake: Callable[[], None]
) -> Iterator[Wishes]:
    """What came back is counted while the context lasts."""
    clock = infrastructure.clock
    prefer = Prefer(stores, clock, wake)
    suppressing = Suppressing(stores.suppressions, infrastructure.pseudonym_key, clock)
    registry = infrastructure.edge.metrics.registry
    bounces = Counter(
        "requite_bounces",
        "What came back of messages, by what it says and what came of it.",
        ("kind", "outcome"),
        registry=registry,
    )
    take = TakeBounces(
        stores=stores,
        prefer=prefer,
        suppressing=suppressing,
        routes=policy.routes,
        count=lambda kind, outcome: bounces.labels(kind, outcome).inc(),
    )
    channels = infrastructure.programme.channels
    try:
        yield Wishes(
            prefer=prefer,
            preferences=ShowPreferences(
                customers=stores.customers,
                policy=policy,
                secret=infrastructure.link_secret,
                public_url=infrastructure.settings.links_url,
                clock=clock,
            ),
            pages=Pages(infrastructure.programme.settings),
            suppressing=suppressing,
            bounces=take,
            provider_reports=TakeProviderReports(
                rules={name: one.bounces for name, one in channels.items() if one.bounces},
                routes=policy.routes,
                secrets=NamedSecrets(infrastructure.settings.channel_secrets).of,
                take=take,
                clock=clock,
            ),
            tell=TellWishes(stores, MessagesTopic(infrastructure.log), clock, wake),
        )
    finally:
        registry.unregister(bounces)
