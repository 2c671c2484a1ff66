"""Put a message into words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from services.notifier.domain.consent import standing
from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Text
from services.notifier.domain.policy import Route
from services.notifier.ports.customers import CustomerStore
from services.notifier.ports.messages import Claim
from shared.clock import Clock, epoch_ms
from shared.contracts.purposes import ANY_CHANNEL
from shared.errors import Invalid
from shared.links import (
    SURVEY_LINK_LIFE,
    PreferencesLink,
    SurveyLink,
    preferences_url,
    sign_preferences_link,
    sign_survey_link,
    survey_url,
)
from shared.programme.praise import praise_faults_of
from shared.programme.templates import Context, TemplateSet
from shared.programme.thanks_rules import ThanksRule

_OTHER_PERSON = ("referred", "referred_by", "helped", "helper")
"""Members of a payload that may name a customer."""


def _number(text: str) -> Decimal | None:
    """None for one that is too long to be written, or takes for ever to be counted with: an act may
    hold anything besides what its type asks for."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if len(text) <= 100 and abs(number.adjusted()) <= 100 else None


_PAYLOAD = msgspec.json.Decoder(float_hook=_number)


class SalesTalk(Invalid):
    """A text that sells, or sets a condition."""


@dataclass(frozen=True, slots=True)
class Links:
    """Links that only the person whom they are for can have."""

    public_url: str
    secret: str
    clock: Clock

    def preferences(self, claim: Claim) -> str:
        """Where the customer says what they want."""
        link = PreferencesLink(claim.message.customer, claim.message.id)
        return preferences_url(self.public_url, sign_preferences_link(self.secret, link))

    def survey(self, decision: Decision, claim: Claim) -> str | None:
        """Where the customer answers, if they are asked anything."""
        refused = standing(
            claim.customer.consents,
            "survey",
            claim.message.channel,
            epoch_ms(self.clock.now()),
        )
        if decision.survey is None or refused == "withdrawn":
            return None
        link = SurveyLink(
            customer=decision.occasion.customer,
            survey=decision.survey,
            expires=self.clock.now() + SURVEY_LINK_LIFE,
            message_id=claim.message.id,
            act=decision.occasion.ref,
        )
        return survey_url(self.public_url, sign_survey_link(self.secret, link))


@dataclass(frozen=True, slots=True)
class Writer:
    """`rules` are by name, `routes` by channel. Another person is named only where they agreed to
    it."""

    shop: str
    rules: Mapping[str, ThanksRule]
    routes: Mapping[str, Route]
    templates: TemplateSet
    links: Links
    customers: CustomerStore
    clock: Clock

    async def friends(self, claims: Sequence[Claim]) -> Mapping[str, str]:
        """First names of other people of whom these messages may speak, by customer."""
        named = {one for claim in claims for one in _others(claim)}
        if not named:
            return {}
        now = epoch_ms(self.clock.now())
        found = await self.customers.customers(list(named))
        return {
            id: name
            for id, who in found.items()
            if (name := _first_name(who)) and _may_be_named(who, now)
        }

    def write(self, claim: Claim, friends: Mapping[str, str]) -> Text:
        """The text in the language that serves the customer best.

        Raises TemplateFailed, LookupError for a template that the programme has no more, SalesTalk.
        """
        lead, *others = claim.decisions
        rule = self.rules[claim.message.rule]
        locale, speaking = self._speaking(claim, rule, others)
        phrases = [
            self.templates.also_phrase(
                along.templates, locale, self._context(claim, one, friends), one.id
            )
            for one, along in speaking
        ]
        context = replace(
            self._context(claim, lead, friends),
            also=tuple(dict.fromkeys(phrase for phrase in phrases if phrase)),
        )
        rendered = self.templates.render(rule.templates, locale, context, claim.message.id)
        if rule.purpose != "promotion" and (faults := praise_faults_of(rendered)):
            raise SalesTalk(faults[0].reason)
        return Text(rendered.subject, rendered.body, rendered.language, rendered.html)

    def _speaking(
        self, claim: Claim, rule: ThanksRule, others: Sequence[Decision]
    ) -> tuple[str | None, Sequence[tuple[Decision, ThanksRule]]]:
        """The language to write in, and what else can be mentioned in it."""
        locale = claim.customer.locale
        along = [(one, found) for one in others if (found := self.rules.get(one.rule or ""))]
        texts = [rule.templates, *(found.templates for _, found in along)]
        try:
            return self.templates.language(texts, locale), along
        except LookupError:
            return locale, []

    def _context(self, claim: Claim, decision: Decision, friends: Mapping[str, str]) -> Context:
        payload = _payload(decision)
        carries_links = self.routes[claim.message.channel].carries_links
        return Context(
            shop=self.shop,
            act=payload,
            name=claim.customer.name,
            friend=next((friends[one] for one in _named_in(payload) if one in friends), None),
            survey_url=self.links.survey(decision, claim),
            preferences_url=self.links.preferences(claim) if carries_links else None,
        )


def _payload(decision: Decision) -> Mapping[str, Any]:
    try:
        payload = _PAYLOAD.decode(decision.occasion.data or b"{}")
    except (msgspec.DecodeError, RecursionError):
        return {}  # Templates that need something of it fail by themselves.
    return payload if isinstance(payload, dict) else {}


def _others(claim: Claim) -> Sequence[str]:
    return [one for decision in claim.decisions for one in _named_in(_payload(decision))]


def _named_in(payload: Mapping[str, Any]) -> Sequence[str]:
    return [one for member in _OTHER_PERSON if isinstance(one := payload.get(member), str) and one]


def _first_name(customer: Customer) -> str | None:
    return (customer.name or "").split(maxsplit=1)[0] if (customer.name or "").strip() else None


def _may_be_named(customer: Customer, now: int) -> bool:
    return standing(customer.consents, "mention", ANY_CHANNEL, now) == "granted"
