"""Decide for one person about everything that waits for them: a pure function of what is known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.notifier.domain.attention import Charge, released
from services.notifier.domain.board import Board
from services.notifier.domain.customer import Customer, Standing
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.domain.occasion import Occasion
from services.notifier.domain.policy import Policy

_LEVEL_REACHED = "level_reached."


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written for one person, all or nothing.

    `new` decisions and `changed` ones, which stand at the revision they carry; `messages` to send;
    `charges` and `seen` as they are to be, None where they stay. It holds as long as the person's
    attention is at `revision`; where that does not matter, `revision` is None.
    """

    customer: str
    revision: int | None = None
    new: tuple[Decision, ...] = ()
    changed: tuple[Decision, ...] = ()
    messages: tuple[Message, ...] = ()
    charges: tuple[Charge, ...] | None = None
    seen: Mapping[str, str] | None = None


def plan(
    customer: Customer,
    held: Iterable[Decision],
    occasions: Iterable[Occasion],
    policy: Policy,
    now: int,
) -> Plan:
    """What becomes of the `held` decisions and the new `occasions` of a person who is not erased,
    at `now` (ms)."""
    before = {decision.id: decision for decision in held}
    coming = {occasion.decision_id: occasion for occasion in occasions}
    fresh = [_fresh(id, one, now) for id, one in coming.items() if id not in before]
    customer, seen = _seeing(customer, fresh, policy)
    every = (*before.values(), *fresh)
    board = Board(_promoted(customer, [one.occasion for one in every]), policy, now)
    for decision in every:
        board.judge(decision)
    board.give_room()
    settled = board.settled
    messages = tuple(board.messages)
    return Plan(
        customer.id,
        revision=customer.attention.revision if messages or seen is not None else None,
        new=tuple(settled[one.id] for one in fresh),
        changed=tuple(
            new for id, old in before.items() if (new := follow(old, settled[id])) != old
        ),
        messages=messages,
        charges=board.charges if messages else None,
        seen=seen,
    )


def reconsider(
    customer: Customer, message: Message, decisions: Sequence[Decision], policy: Policy, now: int
) -> Plan:
    """The plan for the decisions behind a message that has not gone out: if it is still the first
    of `plan.messages`, it may go; `plan.charges` then says so."""
    without = released(customer.attention.charges, message.id)
    at_ease = replace(customer, attention=replace(customer.attention, charges=without))
    again = plan(at_ease, decisions, (), policy, now)
    charges = again.charges if again.charges is not None else without
    return replace(again, revision=customer.attention.revision, charges=charges)


def follow(old: Decision, new: Decision) -> Decision:
    """`new` in the place of `old`, to be announced if it says something else."""
    said = (old.verdict, old.reason, old.message_id)
    if said == (new.verdict, new.reason, new.message_id):
        return replace(new, decided_at=old.decided_at, announced=old.announced)
    return replace(new, announced=False)


def _promoted(customer: Customer, occasions: Iterable[Occasion]) -> Customer:
    """At the level that they have just reached, of which engagement tells later."""
    reached = [one for one in occasions if one.kind.startswith(_LEVEL_REACHED)]
    last = max(reached, key=lambda one: one.time, default=None)
    standing = customer.standing
    if last is None or last.time < standing.time:
        return customer
    level = last.kind.removeprefix(_LEVEL_REACHED)
    return replace(
        customer,
        standing=Standing(
            time=last.time, level=level, segments=standing.segments, circles=standing.circles
        ),
    )


def _fresh(id: str, occasion: Occasion, now: int) -> Decision:
    return Decision(id, occasion, "suppressed", "no_rule", now, now)


def _seeing(
    customer: Customer, fresh: Iterable[Decision], policy: Policy
) -> tuple[Customer, Mapping[str, str] | None]:
    """The customer with the first of each kind that is new to them; None: nothing is new."""
    firsts: dict[str, str] = {}
    for one in fresh:
        kind = one.occasion.kind
        if kind not in customer.seen and policy.counts_first(one.occasion):
            firsts.setdefault(kind, one.id)
    if not firsts:
        return customer, None
    seen = {**customer.seen, **firsts}
    return replace(customer, seen=seen), seen
