"""Whose answer was accepted has helped whoever accepted it.

The acts follow from two sets alone, so that order and repetition make no difference: the
acceptances that were told, and those of them that were taken back. A thread has one accepted
answer: forums do not say that the earlier one no longer is when they accept another. An act that
was taken back stays so for ever; an answer that is accepted again is therefore a new act, counted
from 2.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from services.events.detectors.hidden_act import hidden_act
from services.events.detectors.port import Finding, Retraction, Who
from services.events.domain.event_data import read_data
from services.events.domain.identity import is_alias
from services.events.domain.thread import Entry, Thread
from shared.contracts.cloudevents import CloudEvent

SURE, UNSURE = 0.99, 0.6
"""Unsure is who may have answered themselves: see `_may_be_one`."""


class _Help(msgspec.Struct):
    helped: str = ""


class AcceptedAnswer:
    """`help_received` of one person is `help` of another."""

    name = "accepted_answer"
    kinds = frozenset({"help"})

    def look_at_act(self, act: CloudEvent, who: Who) -> Iterable[Finding | Retraction]:
        """Two aliases may turn out to be one person only when they are linked."""
        told = read_data(act, _Help)
        if act.subject and told and told.helped and who(told.helped) == who(act.subject):
            yield Retraction(self.name, act.source, act.id, "helped themselves")

    def look_at_thread(self, thread: Thread, who: Who) -> Iterable[Finding | Retraction]:
        accepted = thread.accepted
        gone = thread.withdrawn | _replaced(accepted)
        answers: dict[str, list[Entry]] = {}
        for acceptance in accepted:
            answers.setdefault(acceptance.content_id, []).append(acceptance)
        for acceptances in answers.values():
            yield from self._of_answer(acceptances, gone, who)

    def _of_answer(
        self, acceptances: list[Entry], gone: frozenset[str], who: Who
    ) -> Iterator[Finding | Retraction]:
        standing = [one for one in acceptances if one.id not in gone]
        taken_back = len(acceptances) - len(standing)
        source, content_id = acceptances[0].source, acceptances[0].content_id
        for number in range(1, taken_back + 1):
            lost = _help_id(content_id, number)
            yield Retraction(self.name, source, lost, "not accepted any more")
        others = [one for one in standing if who(one.author) != who(one.helper)]
        if others:
            yield self._finding(others[0], taken_back + 1, who)
        elif standing:  # which may not have been known when it was suggested
            own = _help_id(content_id, taken_back + 1)
            yield Retraction(self.name, source, own, "helped themselves")

    def _finding(self, accepted: Entry, number: int, who: Who) -> Finding:
        helper, helped = who(accepted.helper), who(accepted.author)
        data = {
            "helped": helped,
            "thread_id": accepted.thread_id,
            "content_id": accepted.content_id,
            "topic": accepted.topic,
            "words": accepted.text,
            "channel": accepted.channel,
        }
        act_id = _help_id(accepted.content_id, number)
        act = hidden_act("help", act_id, accepted.source, helper, accepted.time, data)
        unsure = _may_be_one(accepted, helped)
        evidence = {
            "accepted_by": helped,
            "answered_by": helper,
            "thread_id": accepted.thread_id,
            "content_id": accepted.content_id,
            "act": accepted.id,
            "may_be_one_person": unsure,
        }
        confidence = UNSURE if unsure else SURE
        return Finding(self.name, act, confidence, evidence, (helper, helped))


def _replaced(accepted: Sequence[Entry]) -> frozenset[str]:
    """Acceptances of answers after which another answer of the thread was accepted. One that names
    no answer only says who helped, of whom there may be many."""
    replaced: set[str] = set()
    later: set[str] = set()
    for one in reversed(accepted):
        if one.content_id == one.id:
            continue
        if later - {one.content_id}:
            replaced.add(one.id)
        later.add(one.content_id)
    return frozenset(replaced)


def _may_be_one(accepted: Entry, helped: str) -> bool:
    """Two accounts of one kind are two people; but whoever is only known as the one who began a
    topic (`discourse-topic:forum:42`) may be anybody with an account (`discourse:forum:7`)."""
    if not is_alias(helped) or not is_alias(accepted.helper):
        return False
    return helped.partition(":")[0] != accepted.helper.partition(":")[0]


def _help_id(content_id: str, number: int) -> str:
    # Platforms use `help-<post>` for the acceptance itself.
    return f"help-given-{content_id}" if number == 1 else f"help-given-{content_id}-{number}"
