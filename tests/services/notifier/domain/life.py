"""One person over time, as the use cases would write it down, with a check after every step."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from services.notifier.domain.attention import RARER, Attention, Charge
from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.marks import Mark
from services.notifier.domain.message import Message
from services.notifier.domain.occasion import Occasion
from services.notifier.domain.planning import Plan, plan, reconsider
from services.notifier.domain.policy import Policy
from shared.contracts.purposes import PURPOSES, Purpose
from shared.programme.attention_rules import BudgetWindow
from tests.services.notifier.domain import oracle

WITHOUT_MESSAGE = frozenset(("unknown_customer", "open_case"))


@dataclass
class Life:
    """The `customer`, what was decided, what waits to be sent, and what was sent when."""

    customer: Customer
    policy: Policy
    now: int
    decisions: dict[str, Decision] = field(default_factory=dict)
    waiting: dict[str, Message] = field(default_factory=dict)
    sent: list[Charge] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)

    def held(self) -> list[Decision]:
        return [one for one in self.decisions.values() if one.verdict == "held"]

    def windows(self) -> tuple[BudgetWindow, ...]:
        return (*self.policy.attention.budget, *RARER[self.customer.preferences.frequency])

    def change(self, **changes: object) -> None:
        """Something is learnt of the customer: what is held is woken."""
        self.customer = replace(self.customer, **changes)  # type: ignore[arg-type]
        self.decide()

    def decide(self, occasions: Sequence[Occasion] = ()) -> None:
        """About new occasions and all that is held."""
        held = self.held()
        before = self.customer.attention.charges
        made = plan(self.customer, held, occasions, self.policy, self.now)
        coming = {one.decision_id for one in occasions} - {one.id for one in held}
        assert {one.id for one in made.new} == coming
        assert len(made.new) == len(coming)
        self._carry_out(made)
        self._check_priorities(made, before)

    def pass_time(self, length: int) -> None:
        """What is due in the meantime is decided again when it is."""
        end = self.now + length
        while dues := [one.due for one in self.held() if one.due is not None and one.due <= end]:
            assert min(dues) > self.now, "decided again at once, and again"
            self.now = min(dues)
            self.decide()
        self.now = end

    def send(self, message: Message, outcome: str) -> None:
        """Begin to hand over, if it may still go, and see what comes of it."""
        decisions = self._answered(message)
        again = reconsider(self.customer, message, decisions, self.policy, self.now)
        if [one.id for one in again.messages] != [message.id] or again.changed:
            del self.waiting[message.id]
            self._carry_out(again)
            return
        self._check_sending(message)
        assert again.charges is not None
        self._charge(again.charges)
        if outcome == "taken":
            del self.waiting[message.id]
            self.sent.append(Charge(message.id, self.now, message.purpose))
        if outcome == "refused":
            self._fail(message, decisions)

    def _fail(self, message: Message, decisions: Iterable[Decision]) -> None:
        del self.waiting[message.id]
        self.failed.add(message.id)
        tried = [replace(one, tried=(*one.tried, message.channel)) for one in decisions]
        other = reconsider(self.customer, message, tried, self.policy, self.now)
        assert message.id not in {one.id for one in other.messages}
        self._carry_out(other)
        assert message.id not in {charge.message for charge in self.customer.attention.charges}

    def _carry_out(self, made: Plan) -> None:
        assert made.revision in (None, self.customer.attention.revision)
        for one in (*made.new, *made.changed):
            known = self.decisions.get(one.id)
            assert (known is None) == (one in made.new), "decided twice"
            self.decisions[one.id] = replace(one, revision=one.revision + 1)
        for message in made.messages:
            assert message.id not in self.waiting
            assert message.id not in {charge.message for charge in self.sent}
            self.waiting[message.id] = message
        if made.charges is not None:
            self._charge(made.charges)
        if made.seen is not None:
            self.customer = replace(self.customer, seen=made.seen)

    def _charge(self, charges: tuple[Charge, ...]) -> None:
        revision = self.customer.attention.revision + 1
        self.customer = replace(self.customer, attention=Attention(charges, revision))

    def _answered(self, message: Message) -> list[Decision]:
        found = [one for one in self.decisions.values() if one.message_id == message.id]
        return sorted(found, key=lambda one: one.id != message.decision_id)

    def _check_sending(self, message: Message) -> None:
        """Against everything that must be so at this moment."""
        attention, customer = self.policy.attention, self.customer
        zones, route = customer.zones(self.policy.time_zone), self.policy.routes[message.channel]
        if route.disturbs:
            assert not oracle.is_quiet(self.now, attention.quiet_hours, zones)
        assert oracle.has_room(self.sent, self.windows(), message.purpose, self.now, zones)
        said = _last_word(customer.consents, message.purpose, message.channel)
        assert said is None or said.state == "granted"
        assert customer.address(route.address)
        assert route.name not in customer.suppressed
        wanted = customer.preferences.channels
        assert not wanted or route.name in wanted
        void = {m.key for m in customer.marks if m.kind == "order_void" and _is_open(m)}
        assert not void & {one.occasion.order for one in self._answered(message)}
        if message.purpose == "recovery":
            return
        assert not customer.open_cases
        assert (customer.preferences.paused_until or 0) <= self.now
        assert not any(_waits(mark, self.now) for mark in customer.marks)
        expired = said is not None and said.expires is not None and said.expires <= self.now
        assert not route.needs_consent or (said is not None and not expired)

    def _check_priorities(self, made: Plan, before: Sequence[Charge]) -> None:
        """Nobody waits for room that something less important took."""
        zones = self.customer.zones(self.policy.time_zone)
        for one in self.held():
            if one.reason != "over_budget" or one.purpose is None:
                continue
            rank = PURPOSES.index(one.purpose)
            at_least = [m for m in made.messages if PURPOSES.index(m.purpose) <= rank]
            taken = [*before, *(Charge(m.id, self.now, m.purpose) for m in at_least)]
            assert not oracle.has_room(taken, self.windows(), one.purpose, self.now, zones)

    def check(self) -> None:
        """What must be so at any time."""
        zones = self.customer.zones(self.policy.time_zone)
        assert oracle.overdrawn(self.sent, self.policy.attention.budget, zones) == []
        sent = {charge.message for charge in self.sent}
        for one in self.decisions.values():
            _CHECKS[one.verdict](one, self.decisions, sent | set(self.waiting))
        answered = {one.message_id for one in self.decisions.values() if one.verdict == "thanked"}
        assert answered == sent | set(self.waiting)
        charged = {charge.message for charge in self.customer.attention.charges}
        assert set(self.waiting) <= charged
        assert not charged & (self.failed - answered)


def _is_thanked(one: Decision, decisions: dict[str, Decision], going: set[str]) -> None:
    assert one.message_id in going


def _is_merged(one: Decision, decisions: dict[str, Decision], going: set[str]) -> None:
    lead = decisions[one.merged_into or ""]
    assert (lead.verdict, lead.message_id) == ("thanked", one.message_id)


def _is_held(one: Decision, decisions: dict[str, Decision], going: set[str]) -> None:
    assert one.message_id is None
    assert one.due is not None or one.reason in WITHOUT_MESSAGE


def _is_suppressed(one: Decision, decisions: dict[str, Decision], going: set[str]) -> None:
    assert one.message_id is None
    assert one.due is None
    assert one.occasion.data == b""


_CHECKS: dict[str, Callable[[Decision, dict[str, Decision], set[str]], None]] = {
    "thanked": _is_thanked,
    "merged": _is_merged,
    "held": _is_held,
    "suppressed": _is_suppressed,
}


def _last_word(said: Iterable[Consent], purpose: Purpose, channel: str) -> Consent | None:
    mine = [c for c in said if c.purpose == purpose and c.channel in (channel, "any")]
    return sorted(mine, key=lambda c: (c.time, c.state))[-1] if mine else None


def _is_open(mark: Mark) -> bool:
    if mark.kind == "promise":
        return mark.opened is not None and mark.closed is None
    return mark.opened is not None and (mark.closed is None or mark.closed < mark.opened)


def _waits(mark: Mark, now: int) -> bool:
    """For a refund or a parcel, up to 30 days as attention.yaml has it."""
    if mark.kind not in ("refund", "promise") or mark.opened is None or not _is_open(mark):
        return False
    return mark.opened <= now < mark.opened + 30 * 24 * 60 * oracle.MINUTE
