"""What the notifier does by itself, again and again; each may run in any number of replicas."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.notifier.outbound.messages_topic import MessagesTopic
from services.notifier.ports.channels import Channel
from services.notifier.ports.stores import Stores
from services.notifier.use_cases.announcing import Announce
from services.notifier.use_cases.deciding import DecideAgain
from services.notifier.use_cases.gatekeeping import Gatekeeper
from services.notifier.use_cases.leaving import LeaveChannels
from services.notifier.use_cases.measuring import Measure
from services.notifier.use_cases.preferring import TellWishes
from services.notifier.use_cases.retention import ForgetTexts
from services.notifier.use_cases.sending import SendMessages
from services.notifier.wiring.use_cases import Deciding
from shared.rounds import Round
from shared.runtime import Infrastructure

SENDERS = 2
"""A channel: while one waits for the store, the other hands over."""
SECONDS_BETWEEN_LOOKS = 5.0
SECONDS_BETWEEN_CLEANINGS = 3600.0
SECONDS_BETWEEN_MEASURES = 30.0


@dataclass(slots=True)
class Wake:
    """Wakes the rounds that were made meanwhile."""

    rounds: tuple[Round, ...] = ()

    def __call__(self) -> None:
        for one in self.rounds:
            one.wake()


def make_rounds(
    infrastructure: Infrastructure,
    stores: Stores,
    channels: Mapping[str, Channel],
    gates: Mapping[str, Gatekeeper],
    deciding: Deciding,
    tell: TellWishes,
    measure: Measure,
    wake: Callable[[], None],
    observe: Callable[[str, float], None],
) -> tuple[Round, ...]:
    """`observe` is told the purpose and the seconds to each message that was handed over."""
    clock = infrastructure.clock
    again = DecideAgain(stores, deciding.plan_for_people, clock, wake)
    announce = Announce(stores, MessagesTopic(infrastructure.log))
    leave = LeaveChannels(
        stores=stores,
        policy=deciding.policy,
        with_suppressed=deciding.with_suppressed,
        clock=clock,
        ids=infrastructure.ids,
        wake=wake,
    )
    senders = {
        name: SendMessages(
            channel=name,
            channels=channels,
            stores=stores,
            gate=gates[name],
            policy=deciding.policy,
            writer=deciding.writer,
            with_suppressed=deciding.with_suppressed,
            clock=clock,
            ids=infrastructure.ids,
            at_once=infrastructure.programme.channels[name].at_once,
            wake=wake,
            observe=observe,
        )
        for name in channels
    }
    return (
        Round("notifier_held", again, SECONDS_BETWEEN_LOOKS),
        Round("notifier_channels_gone", leave, SECONDS_BETWEEN_CLEANINGS),
        Round("notifier_outbox", announce, SECONDS_BETWEEN_LOOKS),
        Round("notifier_wishes", tell, SECONDS_BETWEEN_LOOKS),
        Round("notifier_retention", ForgetTexts(stores.messages, clock), SECONDS_BETWEEN_CLEANINGS),
        Round("notifier_measures", measure, SECONDS_BETWEEN_MEASURES),
        *(
            Round(f"notifier_{name}_{number}", send, SECONDS_BETWEEN_LOOKS)
            for name, send in senders.items()
            for number in range(1, SENDERS + 1)
        ),
    )
