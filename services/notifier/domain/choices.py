"""What a customer is asked on the preference page, as things stand, and what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.notifier.domain.consent import standing
from services.notifier.domain.customer import Customer
from services.notifier.domain.policy import Policy, Route
from services.notifier.domain.preferences import Frequency
from services.notifier.domain.wish import Statement, Wish, stop
from shared.contracts.purposes import ANY_CHANNEL, PURPOSES, Purpose


@dataclass(frozen=True, slots=True)
class Choices:
    """`purposes` says what they get; `channels` are the ways to them and whether they want each,
    best first. A pause lasts until `paused_until` (ms)."""

    purposes: Mapping[Purpose, bool]
    channels: Mapping[str, bool]
    frequency: Frequency
    paused_until: int | None
    revision: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What was chosen of that; what was not asked is not in it. `channels` are those wanted, best
    first, None if nothing was asked; a `pause` until 0 (ms) ends one."""

    purposes: Mapping[Purpose, bool]
    channels: tuple[str, ...] | None = None
    frequency: Frequency | None = None
    pause: int | None = None


def choices(customer: Customer, policy: Policy, now: int) -> Choices:
    """The purposes that the programme has, and the channels for which there is an address."""
    channels = ways(customer, policy)
    purposes = [one for one in PURPOSES if one != "promotion" or policy.attention.promotion]
    paused_until = customer.preferences.paused_until
    return Choices(
        purposes={
            one: any(
                is_wanted and may(customer, one, policy.routes[name], now)
                for name, is_wanted in channels.items()
            )
            for one in purposes
        },
        channels=channels,
        frequency=customer.preferences.frequency,
        paused_until=paused_until if paused_until and paused_until > now else None,
        revision=customer.preferences.revision,
    )


def wish(answers: Answers, customer: Customer, policy: Policy, wording: str, now: int) -> Wish:
    """What the answers change: who ticks a purpose agrees to it by the channels that they want; who
    does not refuses it by all, if it could come by any that they want or wanted. No channel any
    more means no message at all."""
    before = choices(customer, policy, now)
    wanted = tuple(name for name, is_wanted in before.channels.items() if is_wanted)
    channels = wanted if answers.channels is None else answers.channels
    if wanted and not channels:
        return stop(wording=wording)
    statements: list[Statement] = []
    for purpose, is_on in answers.purposes.items():
        was_on = before.purposes.get(purpose, False)
        by = [name for name in {*wanted, *channels} if not is_on]
        if any(may(customer, purpose, policy.routes[name], now) for name in by):
            statements.append(Statement(purpose, ANY_CHANNEL, "withdrawn", wording))
        new = [name for name in channels if is_on and not (was_on and name in wanted)]
        statements += [
            Statement(purpose, name, "granted", wording)
            for name in new
            if not may(customer, purpose, policy.routes[name], now)
        ]
    return Wish(
        statements=tuple(statements),
        channels=channels if channels != wanted else None,
        frequency=answers.frequency,
        pause=answers.pause,
    )


def ways(customer: Customer, policy: Policy) -> dict[str, bool]:
    """The channels for which the customer has an address, those that they want first, best first;
    and whether they want each."""
    reachable = [name for name, to in policy.routes.items() if customer.address(to.address)]
    said = customer.preferences.channels
    wanted = [name for name in said if name in reachable] if said else reachable
    return dict.fromkeys(wanted, True) | {name: False for name in reachable if name not in wanted}


def may(customer: Customer, purpose: Purpose, route: Route, now: int) -> bool:
    """Whether a message for `purpose` may go that way, as far as the customer has a say."""
    state = standing(customer.consents, purpose, route.name, now)
    return state == "granted" or (
        state is None and (purpose == "recovery" or not route.needs_consent)
    )
