"""Send what is due by one channel: check again, write, note that it begins, hand over, keep what
came of it. Many at a time, each of another person."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from services.notifier.domain.attention import Attention
from services.notifier.domain.decision import Decision
from services.notifier.domain.delivery import Receipt, Wait, next_step
from services.notifier.domain.message import Text
from services.notifier.domain.planning import Plan, reconsider
from services.notifier.domain.policy import Policy
from services.notifier.domain.suppression import address_digest
from services.notifier.ports.channels import Channel, Letter
from services.notifier.ports.messages import Begin, Claim, Finish, Retry
from services.notifier.ports.stores import Stores
from services.notifier.ports.suppressions import Suppression
from services.notifier.use_cases.gatekeeping import Gatekeeper
from services.notifier.use_cases.leasing import LEASE, holding
from services.notifier.use_cases.suppressed import WithSuppressed
from services.notifier.use_cases.writing import SalesTalk, Writer
from shared.clock import Clock, epoch_ms, from_epoch_ms
from shared.programme.templates import TemplateFailed

ROUNDS = 4
"""As many times each slot of a channel is used for what is claimed together."""
ATTEMPTS = 5
INTERRUPTED = "interrupted"
SHORTEST_REST, LONGEST_REST = 0.05, 2.0
_AGAIN_AFTER = 1000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Steps:
    """What a batch has come to so far, to be written together."""

    begins: list[Begin]
    retries: list[Retry]
    finishes: list[Finish]


@dataclass(frozen=True, slots=True)
class SendMessages:
    """Take messages of one channel that are due and bring them one step further.

    Any number may work at once, in any number of processes. `channels` are by name, of which this
    one hands `at_once` over at a time; `wake` is called when there is something to announce;
    `observe` is told of each that was handed over: its purpose, and the seconds since what it
    answers happened.
    """

    channel: str
    channels: Mapping[str, Channel]
    stores: Stores
    gate: Gatekeeper
    policy: Policy
    writer: Writer
    with_suppressed: WithSuppressed
    clock: Clock
    ids: Callable[[], str]
    at_once: int
    wake: Callable[[], None]
    observe: Callable[[str, float], None]

    async def __call__(self) -> bool:
        """Whether there were messages. Raises Unavailable."""
        now = self.clock.now()
        room = await self.gate.room(epoch_ms(now), ROUNDS * self.at_once)
        if room <= 0:
            return await self._rest(epoch_ms(now))
        claims = await self.stores.messages.claim(
            self.channel, self.ids(), epoch_ms(now), epoch_ms(now + LEASE), room
        )
        self.gate.give_back(room - len(claims))
        if not claims:
            return False
        erased = [claim for claim in claims if claim.message.status == "erased"]
        for claim in erased:
            await self._remove_traces(claim)
        going = [claim for claim in claims if claim not in erased]
        async with holding(self.stores.messages, going, self.clock):
            await self._take(going)
        self.wake()
        return True

    async def _rest(self, now: int) -> bool:
        """A rate gives room again in a moment; a provider that is away is looked at later."""
        seconds = max(self.gate.wait_ms(now) / 1000, SHORTEST_REST)
        if seconds > LONGEST_REST:
            return False
        await asyncio.sleep(seconds)
        return True

    async def _take(self, claims: Sequence[Claim]) -> None:
        friends = await self.writer.friends(claims)
        known = await self.with_suppressed([claim.customer for claim in claims])
        current = [replace(claim, customer=known[claim.customer.id]) for claim in claims]
        # What has begun and can't be repeated is unknown after a crash: no more than is in flight.
        idempotent = self.channels[self.channel].idempotent
        portion = max(len(current), 1) if idempotent else self.at_once
        for start in range(0, len(current), portion):
            await self._bring_on(current[start : start + portion], friends)

    async def _bring_on(self, claims: Sequence[Claim], friends: Mapping[str, str]) -> None:
        steps = Steps([], [], [])
        for claim in claims:
            await self._prepare(claim, friends, steps)
        begun = await self.stores.messages.begin(steps.begins) if steps.begins else ()
        await self._hand_over(steps, begun)
        await self._write(steps)

    async def _prepare(self, claim: Claim, friends: Mapping[str, str], steps: Steps) -> None:
        """Check what was true when it was decided, and find the words."""
        message, now = claim.message, epoch_ms(self.clock.now())
        idempotent = self.channels[self.channel].idempotent
        if _begun(claim) and not idempotent:
            self._outcome(claim, Receipt("uncertain", INTERRUPTED), steps)
            return
        plan = reconsider(claim.customer, message, claim.decisions, self.policy, now)
        if not _confirms(plan, claim):
            await self._withdraw(claim, plan, steps)
            return
        try:
            # What may have arrived already is repeated word by word.
            begun_before = message.text if idempotent else None
            text = begun_before or self.writer.write(claim, friends)
        except SalesTalk as fault:
            log.error("sales_talk", rule=message.rule, reason=fault.reason)
            await self._withdraw(claim, self._without_lead(claim, now), steps)
        except (TemplateFailed, LookupError) as error:
            log.error("template_failed", rule=message.rule, kind=type(error).__name__)
            self._outcome(claim, Receipt("refused", "template_failed"), steps)
        else:
            steps.begins.append(Begin(claim, text, plan.revision or 0, plan.charges or ()))

    async def _withdraw(self, claim: Claim, plan: Plan, steps: Steps) -> None:
        if _begun(claim):
            self._outcome(claim, Receipt("uncertain", INTERRUPTED), steps, final=True)
        elif not await self.stores.messages.withdraw(claim, plan):
            steps.retries.append(Retry(claim, self._soon(), None))

    def _without_lead(self, claim: Claim, now: int) -> Plan:
        """The one whose text can't be sent ends; those that went with it are decided anew."""
        lead, *others = claim.decisions
        plan = reconsider(claim.customer, claim.message, others, self.policy, now)
        ended = replace(
            lead,
            verdict="suppressed",
            reason="sales_talk",
            decided_at=now,
            message_id=None,
            channel=None,
            survey=None,
            announced=False,
        )
        return replace(plan, changed=(ended, *plan.changed))

    async def _hand_over(self, steps: Steps, begun: Collection[str]) -> None:
        going = [begin for begin in steps.begins if begin.claim.message.id in begun]
        for begin in steps.begins:
            if begin.claim.message.id not in begun:
                steps.retries.append(
                    Retry(begin.claim, self._soon(), begin.claim.message.code, _begun(begin.claim))
                )
        receipts = await asyncio.gather(
            *(self._hand_over_one(begin.claim, begin.text) for begin in going)
        )
        for begin, receipt in zip(going, receipts, strict=True):
            message = begin.claim.message
            attempted = replace(message, attempts=message.attempts + 1)
            attention = Attention(begin.charges, begin.revision + 1)
            customer = replace(begin.claim.customer, attention=attention)
            await self._note_address(begin.claim, receipt)
            claim = replace(begin.claim, message=attempted, customer=customer)
            self._outcome(claim, receipt, steps)

    async def _hand_over_one(self, claim: Claim, text: Text) -> Receipt:
        message, to = claim.message, claim.customer
        channel = self.channels[self.channel]
        letter = Letter(
            id=message.id,
            customer=to.id,
            to=to.address(channel.route.address) or "",
            name=to.name,
            text=text,
            purpose=message.purpose,
            time=from_epoch_ms(message.created_at),
            preferences_url=self.writer.links.preferences(claim),
            order=message.order,
        )
        receipt = await channel.hand_over(letter)
        await self.gate.note(receipt, epoch_ms(self.clock.now()))
        return receipt

    async def _note_address(self, claim: Claim, receipt: Receipt) -> None:
        route = self.channels[self.channel].route
        address = claim.customer.address(route.address)
        if receipt.bad_address and address and route.address != "customer":
            digest = address_digest(self.with_suppressed.key, route.address, address)
            now = epoch_ms(self.clock.now())
            bounced = Suppression(digest, "hard_bounce", now, claim.message.id, receipt.code)
            await self.stores.suppressions.add([bounced])

    def _outcome(
        self, claim: Claim, receipt: Receipt, steps: Steps, *, final: bool = False
    ) -> None:
        message, now = claim.message, epoch_ms(self.clock.now())
        channel = self.channels[self.channel]
        step = next_step(
            receipt,
            message.id,
            message.attempts,
            idempotent=channel.idempotent and not final,
            schedule=channel.schedule,
        )
        log.info("message_attempted", message=message.id, code=receipt.code, result=receipt.result)
        if isinstance(step, Wait):
            due = now + step.after // timedelta(milliseconds=1)
            open_end = receipt.result == "uncertain" or _begun(claim)
            steps.retries.append(Retry(claim, due, receipt.code, open_end))
            return
        if step == "failed" and _begun(claim) and not receipt.bad_address:
            step = "unknown"  # An attempt before may have succeeded.
        plan = self._other_way(claim, now) if step == "failed" else None
        steps.finishes.append(Finish(claim, step, now, receipt.code, plan))

    def _other_way(self, claim: Claim, now: int) -> Plan:
        """By the next channel of the rule, if there is one."""
        tried = [_tried(one, self.channel) for one in claim.decisions]
        return reconsider(claim.customer, claim.message, tried, self.policy, now)

    async def _write(self, steps: Steps) -> None:
        messages = self.stores.messages
        kept = {*(await messages.retry(steps.retries) if steps.retries else ())}
        kept |= await self._finish(steps.finishes)
        for finish in steps.finishes:
            message = finish.claim.message
            if finish.outcome == "sent" and message.id in kept:
                self.observe(message.purpose, (finish.now - message.since) / 1000)
        written = [*(one.claim for one in steps.retries), *(one.claim for one in steps.finishes)]
        for claim in written:
            if claim.message.id not in kept:
                await self._remove_traces(claim)

    async def _finish(self, finishes: Sequence[Finish]) -> set[str]:
        """Where a person's attention has moved on, what happens to decisions is planned anew."""
        kept: set[str] = set()
        left = list(finishes)
        for _ in range(ATTEMPTS):
            if not left:
                break
            kept |= {*await self.stores.messages.finish(left)}
            refused = [one for one in left if one.claim.message.id not in kept and one.plan]
            people = await self.stores.customers.customers(
                [one.claim.message.customer for one in refused]
            )
            left = [
                replace(one, plan=self._other_way(replace(one.claim, customer=who), one.now))
                for one in refused
                if not (who := people[one.claim.message.customer]).erased
            ]
        return kept

    async def _remove_traces(self, claim: Claim) -> None:
        """For a customer who was erased, also while the message was being handed over."""
        if await self.stores.messages.message(claim.message.id) is not None:
            return  # Only the lease was lost.
        for channel in self.channels.values():
            await channel.forget(claim.message.id)
        await self.stores.messages.drop(claim)

    def _soon(self) -> int:
        return epoch_ms(self.clock.now()) + _AGAIN_AFTER


def _begun(claim: Claim) -> bool:
    """Whether an attempt before may have reached the customer."""
    return claim.message.status == "sending"


def _confirms(plan: Plan, claim: Claim) -> bool:
    """Whether the plan of now sends the same message about the same decisions."""
    return [one.id for one in plan.messages] == [claim.message.id] and not any(
        _differs(one, claim) for one in plan.changed
    )


def _differs(one: Decision, claim: Claim) -> bool:
    before = next(old for old in claim.decisions if old.id == one.id)
    return _said(one) != _said(before)


def _said(one: Decision) -> tuple[str | None, ...]:
    return (one.verdict, one.message_id, one.merged_into, one.survey)


def _tried(decision: Decision, channel: str) -> Decision:
    return replace(decision, tried=(*decision.tried, channel))
