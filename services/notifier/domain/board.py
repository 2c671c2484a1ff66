"""The occasions of one person, side by side.

Each passes the gates by itself. What passes is put in order (recovery, thanks, survey, touchpoint;
then the rule's rank; then time) and asks for room: one message takes one piece of attention, and
takes along what may be merged with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from services.notifier.domain.attention import RARER, Charge, charged, free_from
from services.notifier.domain.consent import standing
from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision, Reason
from services.notifier.domain.gates import Hold, Pass, Suppress, judge, stale_from
from services.notifier.domain.message import Message, message_id
from services.notifier.domain.policy import Policy, Route
from services.notifier.domain.wall_clock import quiet_until
from shared.contracts.messages import Verdict
from shared.contracts.purposes import PURPOSES
from shared.programme.thanks_rules import ThanksRule

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Ready:
    decision: Decision
    rule: ThanksRule
    route: Route

    @property
    def order(self) -> tuple[int, int, int, str]:
        rule, occasion = self.rule, self.decision.occasion
        return (PURPOSES.index(rule.purpose), -rule.rank, occasion.time, self.decision.id)

    @property
    def ripe_at(self) -> int:
        """From when on it need not wait for others; 0 if it never does, whatever clocks say."""
        wait = self.rule.merges
        return self.decision.arrived_at + wait // _MS if wait else 0

    def takes(self, other: "_Ready") -> bool:
        """Whether `other` can go in the same message."""
        mine, theirs = self.rule, other.rule
        return (
            mine.merges is not None
            and theirs.merges is not None
            and mine.purpose == theirs.purpose
            and self.route.name in theirs.channels
            and self.route.name not in other.decision.tried
        )


class Board:
    """What was `settled`, by decision id, and the `messages` and `charges` that come of it."""

    def __init__(self, customer: Customer, policy: Policy, now: int) -> None:
        self.settled: dict[str, Decision] = {}
        self.messages: list[Message] = []
        self.charges = customer.attention.charges
        self._customer, self._policy, self._now = customer, policy, now
        self._zones = customer.zones(policy.time_zone)
        self._windows = (*policy.attention.budget, *RARER[customer.preferences.frequency])
        self._ready: list[_Ready] = []

    def judge(self, decision: Decision) -> None:
        rule = self._policy.rule_for(decision.occasion, self._customer)
        if rule is None:
            self._suppress(decision, None, "no_rule")
            return
        found = judge(
            decision.occasion, rule, self._customer, self._policy, decision.tried, self._now
        )
        match found:
            case Suppress(reason):
                self._suppress(decision, rule, reason)
            case Hold():
                self._hold(decision, rule, found)
            case Pass(route):
                self._ready.append(_Ready(decision, rule, route))

    def give_room(self) -> None:
        """Let those that passed go, in order, or hold them."""
        waiting = sorted(self._ready, key=lambda one: one.order)
        while waiting:
            lead, *rest = waiting
            group, waiting = [lead], []
            for one in rest:
                (group if lead.takes(one) else waiting).append(one)
            wait = self._wait(group)
            if wait is None:
                self._send(lead, group)
                continue
            for one in group:
                if isinstance(wait, Hold):
                    self._hold(one.decision, one.rule, wait)
                else:
                    self._suppress(one.decision, one.rule, wait.reason)

    def _wait(self, group: Sequence[_Ready]) -> Hold | Suppress | None:
        """Why the message of a group does not go now, if it does not."""
        ripe_at = min(one.ripe_at for one in group)
        if ripe_at > self._now:
            return Hold("gathering", ripe_at)
        lead = group[0]
        free = self._free(lead, self._now)
        if free is None:
            return Suppress("no_room_ever")
        if free > self._now:
            return Hold("over_budget", self._opening(lead, free))
        loud = self._loud(lead, self._now)
        return Hold("quiet_hours", self._opening(lead, loud)) if loud > self._now else None

    def _opening(self, lead: _Ready, time: int) -> int:
        """The first time from `time` on at which there is room and no quiet. It ends: where the
        budget has room for good, it is not quiet for ever."""
        before = -1
        while time != before:
            before = time
            time = self._loud(lead, self._free(lead, time) or time)
        return time

    def _free(self, lead: _Ready, time: int) -> int | None:
        return free_from(self.charges, self._windows, lead.rule.purpose, time, self._zones)

    def _loud(self, lead: _Ready, time: int) -> int:
        hours = self._policy.attention.quiet_hours if lead.route.disturbs else None
        return quiet_until(time, hours, self._zones)

    def _send(self, lead: _Ready, group: Sequence[_Ready]) -> None:
        occasion, rule, now = lead.decision.occasion, lead.rule, self._now
        channel = lead.route.name
        id = message_id(occasion, rule.name, channel)
        survey = self._survey(group, channel) if lead.route.carries_links else None
        charge = Charge(id, now, rule.purpose, asks=survey is not None)
        self.charges = charged(self.charges, charge)
        for one in group:
            leads = one is lead
            self.settled[one.decision.id] = self._conclude(
                one.decision,
                one.rule,
                "thanked" if leads else "merged",
                "rule_applies" if leads else "merged_into",
                channel=channel,
                message_id=id,
                merged_into=None if leads else lead.decision.id,
                survey=survey if leads else None,
            )
        self.messages.append(
            Message(
                id=id,
                decision_id=lead.decision.id,
                customer=occasion.customer,
                rule=rule.name,
                purpose=rule.purpose,
                channel=channel,
                created_at=now,
                since=min(one.decision.occasion.time for one in group),
                due=now,
                trace=occasion.trace,
                order=occasion.order,
            )
        )

    def _survey(self, group: Sequence[_Ready], channel: str) -> str | None:
        """The first that a message is to link, if there is room for a question. A link inside a
        message that is wanted needs no consent of its own, but heeds a refusal."""
        survey = next((one.rule.survey for one in group if one.rule.survey), None)
        if survey is None:
            return None
        said = standing(self._customer.consents, "survey", channel, self._now)
        free = free_from(self.charges, self._windows, "survey", self._now, self._zones)
        return survey if said != "withdrawn" and free == self._now else None

    def _suppress(self, decision: Decision, rule: ThanksRule | None, reason: Reason) -> None:
        self.settled[decision.id] = self._conclude(decision, rule, "suppressed", reason)

    def _hold(self, decision: Decision, rule: ThanksRule, why: Hold) -> None:
        stale = stale_from(decision.occasion, rule)
        due = min((time for time in (why.until, stale) if time is not None), default=None)
        self.settled[decision.id] = self._conclude(
            decision, rule, "held", why.reason, held_until=stale, due=due
        )

    def _conclude(
        self,
        decision: Decision,
        rule: ThanksRule | None,
        verdict: Verdict,
        reason: Reason,
        *,
        channel: str | None = None,
        message_id: str | None = None,
        merged_into: str | None = None,
        survey: str | None = None,
        held_until: int | None = None,
        due: int | None = None,
    ) -> Decision:
        """Without anything that was concluded before."""
        occasion = decision.occasion
        if verdict == "suppressed":
            occasion = replace(occasion, data=b"", note=None)
        elif occasion.note is not None:
            occasion = replace(occasion, note=None)
        return Decision(
            id=decision.id,
            occasion=occasion,
            verdict=verdict,
            reason=reason,
            arrived_at=decision.arrived_at,
            decided_at=self._now,
            rule=None if rule is None else rule.name,
            purpose=None if rule is None else rule.purpose,
            channel=channel,
            message_id=message_id,
            merged_into=merged_into,
            survey=survey,
            held_until=held_until,
            due=due,
            tried=decision.tried,
            announced=decision.announced,
            revision=decision.revision,
        )
