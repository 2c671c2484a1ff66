"""A customer says, in answer to a mail, that an account of another place is theirs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.events.domain.identity import Link, check_alias
from services.events.use_cases.customers import KeepCustomers
from services.events.use_cases.identities import LinkAliases
from services.events.use_cases.people import FindPeople
from shared.clock import Clock
from shared.errors import Invalid
from shared.links import ALIAS_LINK_LIFE, AliasLink, alias_url, read_alias_link, sign_alias_link

State = Literal["open", "linked", "taken", "gone"]


@dataclass(frozen=True, slots=True)
class MailedLink:
    """The address to mail to the customer, and until when it works."""

    url: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks, and how things stand: to be confirmed, done, the alias another's, or the
    customer no longer known. `locale` is the customer's."""

    alias: str
    state: State
    locale: str | None


@dataclass(frozen=True, slots=True)
class LinkByMail:
    """Links that only those can follow who read the customer's mail."""

    customers: KeepCustomers
    link: LinkAliases
    find: FindPeople
    clock: Clock
    secret: str
    public_url: str

    async def invite(self, alias: str, customer_id: str) -> MailedLink | None:
        """The signed link; None for a customer who is not known.

        Raises Invalid for what is no account that a person would recognise; Unavailable.
        """
        check_alias(alias, "/alias")
        if alias.startswith(("email:", "phone:")):
            raise Invalid("a hash says nothing to a person: invite by an account", "/alias")
        if await self.customers.store.get_customer(customer_id) is None:
            return None
        expires = self.clock.now() + ALIAS_LINK_LIFE
        token = sign_alias_link(self.secret, AliasLink(alias, customer_id, expires))
        return MailedLink(alias_url(self.public_url, token), expires)

    async def open(self, token: str) -> Asked:
        """How things stand. Raises LinkInvalid, LinkExpired, Unavailable."""
        return await self._stands(read_alias_link(self.secret, token, self.clock.now()))

    async def confirm(self, token: str) -> Asked:
        """Link, once or again. Raises LinkInvalid, LinkExpired, Unavailable."""
        asked = read_alias_link(self.secret, token, self.clock.now())
        before = await self._stands(asked)
        if before.state != "open":
            return before
        await self.link([Link(asked.alias, asked.customer)], "mail")
        return await self._stands(asked)

    async def _stands(self, asked: AliasLink) -> Asked:
        known = await self.customers.store.get_customer(asked.customer)
        if known is None:
            return Asked(asked.alias, "gone", None)
        holder = (await self.find.behind([asked.alias])).get(asked.alias)
        if holder is None:
            return Asked(asked.alias, "open", known.locale)
        same = holder == await self.customers.survivor(asked.customer)
        return Asked(asked.alias, "linked" if same else "taken", known.locale)
