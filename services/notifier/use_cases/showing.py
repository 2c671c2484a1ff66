"""What a customer wants, for themself and for the shop to look at."""

from dataclasses import dataclass

from services.notifier.domain.choices import Choices, choices
from services.notifier.domain.customer import Customer
from services.notifier.domain.policy import Policy
from services.notifier.ports.customers import CustomerStore
from shared.clock import Clock, epoch_ms
from shared.links import (
    PreferencesLink,
    preferences_url,
    read_preferences_link,
    sign_preferences_link,
)


@dataclass(frozen=True, slots=True)
class ShowPreferences:
    """`secret` signs the links to the page, which lies below `public_url`."""

    customers: CustomerStore
    policy: Policy
    secret: str
    public_url: str
    clock: Clock

    def link(self, token: str) -> PreferencesLink:
        """What a token of a link says. Raises LinkInvalid."""
        return read_preferences_link(self.secret, token)

    def url(self, link: PreferencesLink) -> str:
        """Where the customer says what they want; for them alone."""
        return preferences_url(self.public_url, sign_preferences_link(self.secret, link))

    async def customer(self, id: str) -> Customer:
        """Whoever `id` stands for now, who may be unknown or erased. Raises Unavailable."""
        return (await self.customers.customers([id]))[id]

    async def survivor(self, id: str) -> str:
        """For whom `id` stands now. Raises Unavailable."""
        return (await self.customers.survivors([id]))[id]

    def choices(self, customer: Customer) -> Choices:
        """What they are asked on the page, as things stand now."""
        return choices(customer, self.policy, epoch_ms(self.clock.now()))
