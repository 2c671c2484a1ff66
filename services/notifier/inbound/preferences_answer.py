"""What is answered of a customer's wishes."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from services.notifier.domain.choices import may, ways
from services.notifier.domain.consent import standing
from services.notifier.domain.customer import Customer
from services.notifier.domain.policy import Policy
from services.notifier.domain.preferences import Frequency
from shared.clock import from_epoch_ms
from shared.contracts.purposes import PURPOSES, Purpose
from shared.web.cursors import LAST


class ConsentAnswer(BaseModel):
    """A line of the record."""

    purpose: str
    channel: str
    state: Literal["granted", "withdrawn"]
    time: AwareDatetime
    source: str | None
    wording: str | None
    expires: AwareDatetime | None


class EffectAnswer(BaseModel):
    """What counts now for a purpose on a channel."""

    purpose: Purpose
    channel: str
    consent: Literal["granted", "withdrawn"] | None = Field(
        description="What was said last and has not expired; null if nothing was."
    )
    allowed: bool = Field(description="As far as the customer has a say.")


class PreferencesAnswer(BaseModel):
    """What a customer wants, and what they ever said about it, oldest first."""

    customer: str
    revision: int
    frequency: Frequency
    channels: list[str] = Field(description="The only ones to use, best first; empty: any.")
    paused_until: AwareDatetime | None
    effective: list[EffectAnswer]
    consents: list[ConsentAnswer]

    @classmethod
    def of(cls, customer: Customer, policy: Policy, now: int) -> "PreferencesAnswer":
        """As things stand `now` (ms)."""
        wants = customer.preferences
        return cls(
            customer=customer.id,
            revision=wants.revision,
            frequency=wants.frequency,
            channels=list(wants.channels),
            paused_until=_time(wants.paused_until),
            effective=_effects(customer, policy, now),
            consents=[
                ConsentAnswer(
                    purpose=one.purpose,
                    channel=one.channel,
                    state=one.state,
                    time=from_epoch_ms(min(one.time, LAST)),
                    source=one.source,
                    wording=one.wording,
                    expires=_time(one.expires),
                )
                for one in customer.consents
            ],
        )


def _effects(customer: Customer, policy: Policy, now: int) -> list[EffectAnswer]:
    wanted = ways(customer, policy)
    return [
        EffectAnswer(
            purpose=purpose,
            channel=name,
            consent=standing(customer.consents, purpose, name, now),
            allowed=wanted.get(name, False) and may(customer, purpose, route, now),
        )
        for purpose in PURPOSES
        for name, route in policy.routes.items()
    ]


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_epoch_ms(min(milliseconds, LAST))
