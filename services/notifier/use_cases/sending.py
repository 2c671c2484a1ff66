"""Send what is due: check again, render, note that it begins, hand over, keep the outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import msgspec
import structlog

from services.notifier.domain.decision import Decision, decide
from services.notifier.domain.delivery import Receipt, Retry, next_step
from services.notifier.domain.message import Text
from services.notifier.ports import Channel, Claim, Mail, MessageStore, Stores
from services.notifier.use_cases.deciding import follow
from shared.clock import Clock, epoch_ms
from shared.links import SURVEY_LINK_LIFE, SurveyLink, sign_survey_link, survey_url
from shared.programme.model import ThanksRule
from shared.programme.templates import Context, TemplateFailed, TemplateSet

LEASE = timedelta(minutes=5)
INTERRUPTED = "interrupted"

log = structlog.get_logger()

_PAYLOAD = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Writer:
    """Puts thanks into words. `rules` are by name."""

    shop: str
    rules: Mapping[str, ThanksRule]
    templates: TemplateSet
    public_url: str
    link_secret: str
    clock: Clock

    def write(self, rule: ThanksRule, claim: Claim, decision: Decision) -> Text:
        """The text in the language that serves the customer best.

        Raises TemplateFailed, LookupError for a template that the programme has no more.
        """
        payload = _PAYLOAD.decode(decision.act.data or b"{}")
        context = Context(
            shop=self.shop,
            act=payload if isinstance(payload, dict) else {},
            name=claim.customer.name,
            survey_url=self._survey_url(decision, claim),
        )
        rendered = self.templates.render(rule.template, claim.customer.locale, context)
        return Text(rendered.subject, rendered.body, rendered.language)

    def _survey_url(self, decision: Decision, claim: Claim) -> str | None:
        if decision.survey is None or not claim.customer.wants_surveys:
            return None
        link = SurveyLink(
            customer=decision.act.customer,
            survey=decision.survey,
            expires=self.clock.now() + SURVEY_LINK_LIFE,
            message_id=claim.message.id,
            act=decision.act.ref,
        )
        return survey_url(self.public_url, sign_survey_link(self.link_secret, link))


@dataclass(frozen=True, slots=True)
class SendMessages:
    """Take one message that is due and bring it one step further.

    Any number may work at once, in any number of processes. `channels` are by name; `wake` is
    called when there is something to announce.
    """

    stores: Stores
    channels: Mapping[str, Channel]
    writer: Writer
    clock: Clock
    ids: Callable[[], str]
    wake: Callable[[], None]

    async def __call__(self) -> bool:
        """Whether there was a message. Raises Unavailable."""
        now = self.clock.now()
        claim = await self._messages.claim(self.ids(), epoch_ms(now), epoch_ms(now + LEASE))
        if claim is None:
            return False
        await self._take(claim)
        self.wake()
        return True

    @property
    def _messages(self) -> MessageStore:
        return self.stores.messages

    async def _take(self, claim: Claim) -> None:
        message, decision = claim.message, claim.decision
        channel = self.channels.get(message.channel)
        if message.status == "erased" or decision is None:
            await self._remove_traces(claim)
        elif channel is None:
            await self._finish(claim, Receipt("refused", "no_channel"))
        elif message.status == "sending" and not channel.idempotent:
            await self._finish(claim, Receipt("uncertain", INTERRUPTED))
        elif await self._still_thanked(claim, decision):
            await self._send(claim, decision, channel)

    async def _still_thanked(self, claim: Claim, decision: Decision) -> bool:
        """What was true when it was decided may no longer be."""
        now = epoch_ms(self.clock.now())
        rule = self.writer.rules.get(claim.message.rule)
        new = decide(decision.act, rule, claim.customer, now)
        if new is not None and new.verdict == "thanked":
            return True
        if claim.message.status == "sending":
            await self._finish(claim, Receipt("uncertain", INTERRUPTED), final=True)
        elif new is None:
            await self._messages.drop(claim)
        else:
            await self._messages.withdraw(claim, follow(decision, new))
        return False

    async def _send(self, claim: Claim, decision: Decision, channel: Channel) -> None:
        rule, message, to = self.writer.rules[claim.message.rule], claim.message, claim.customer
        try:
            # An attempt that broke off is repeated word by word.
            begun_before = message.text if message.status == "sending" else None
            text = begun_before or self.writer.write(rule, claim, decision)
        except (TemplateFailed, LookupError) as error:
            log.error("template_failed", rule=rule.name, kind=type(error).__name__)
            await self._finish(claim, Receipt("refused", "template_failed"))
            return
        if not await self._messages.begin(claim, text):
            return
        begun = replace(claim, message=replace(message, attempts=message.attempts + 1))
        mail = Mail(message.id, to.email or "", to.name, text, self.clock.now())
        await self._finish(begun, await channel.hand_over(mail))

    async def _finish(self, claim: Claim, receipt: Receipt, *, final: bool = False) -> None:
        message = claim.message
        channel = self.channels.get(message.channel)
        idempotent = channel is not None and channel.idempotent and not final
        step = next_step(receipt, message.attempts, idempotent=idempotent)
        now = self.clock.now()
        log.info("message_attempted", message=message.id, code=receipt.code, result=receipt.result)
        if isinstance(step, Retry):
            kept = await self._messages.retry(claim, epoch_ms(now + step.after), receipt.code)
        else:
            kept = await self._messages.finish(claim, step, epoch_ms(now), receipt.code)
        if not kept:
            await self._remove_traces(claim)

    async def _remove_traces(self, claim: Claim) -> None:
        """For a customer who was erased, also while the message was being handed over."""
        current = await self._messages.message(claim.message.id)
        if current is not None:
            return  # Only the lease was lost.
        for channel in self.channels.values():
            await channel.forget(claim.message.id)
        await self._messages.drop(claim)
