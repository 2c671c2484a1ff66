"""Acts and threads shown to the detectors; what they find is emitted or suggested."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.events.detectors.port import Detector, Finding, Retraction, Who
from services.events.domain.identity import is_alias
from services.events.domain.linking import LONGEST_CHAIN
from services.events.domain.suggestion import Suggestion, find_again, lapse, suggestion_id
from services.events.domain.thread import Thread, mentioned, note
from services.events.domain.watched import WatchedAct
from services.events.ports.identities import Identities
from services.events.ports.suggestions import Suggestions
from services.events.ports.threads import Threads
from services.events.use_cases.suggestions import TellFindings
from shared.clock import Clock
from shared.contracts.acts import short_name
from shared.contracts.cloudevents import CloudEvent
from shared.programme.model import Detection

_OF_THREADS = frozenset({"user_content", "help_received", "withdrawal"})


@dataclass(frozen=True, slots=True)
class Discovery:
    """The detectors that are switched on, with their thresholds by name."""

    detectors: Sequence[Detector]
    rules: Mapping[str, Detection]

    @property
    def kinds(self) -> frozenset[str]:
        """The short names of the acts that any of them looks at."""
        if not self.detectors:
            return frozenset()
        return _OF_THREADS.union(*(detector.kinds for detector in self.detectors))


@dataclass(frozen=True, slots=True)
class Discover:
    """Idempotent: what was found before is found again under the same ids."""

    discovery: Discovery
    threads: Threads
    suggestions: Suggestions
    identities: Identities
    tell: TellFindings
    clock: Clock

    @property
    def kinds(self) -> frozenset[str]:
        return self.discovery.kinds

    async def follows(self, bought: Mapping[str, datetime]) -> Collection[str]:
        """Nobody: a purchase that names nobody hides nothing."""
        return ()

    async def __call__(self, acts: Sequence[WatchedAct]) -> None:
        """Acts as they come by on the topic. Raises Unavailable."""
        await self.look_at([act.event for act in acts])

    async def look_at(self, events: Sequence[CloudEvent]) -> None:
        """Acts from anywhere, also such as wait for their alias. Raises Unavailable."""
        kinds = self.kinds
        wanted = [event for event in events if short_name(event.type) in kinds]
        notes = [found for found in map(note, wanted) if found is not None]
        threads = await self.threads.remember(notes, self.clock.now()) if notes else []
        who = await self._who(wanted, threads)
        outcomes = list(self._outcomes(wanted, threads, who))
        await self._keep([one for one in outcomes if isinstance(one, Finding)])
        for one in outcomes:
            if isinstance(one, Retraction):
                await self._take_back(one)

    async def _who(self, events: Iterable[CloudEvent], threads: Iterable[Thread]) -> Who:
        people = {one for event in events for one in mentioned(event)}
        people.update(*(thread.people for thread in threads))
        leads_to: dict[str, str] = {}
        aliases = {one for one in people if is_alias(one)}
        for _ in range(LONGEST_CHAIN):
            links = await self.identities.get(aliases) if aliases else ()
            leads_to |= {link.alias: link.target for link in links}
            aliases = {link.target for link in links if is_alias(link.target)} - leads_to.keys()
        return lambda subject: _end(subject, leads_to)

    def _outcomes(
        self, events: Sequence[CloudEvent], threads: Sequence[Thread], who: Who
    ) -> Iterable[Finding | Retraction]:
        for detector in self.discovery.detectors:
            for thread in threads:
                yield from detector.look_at_thread(thread, who)
            for event in events:
                if short_name(event.type) in detector.kinds:
                    yield from detector.look_at_act(event, who)

    async def _keep(self, findings: Sequence[Finding]) -> None:
        judged = [one for one in map(self._judge, findings) if one is not None]
        if not judged:
            return
        standing = [
            known if find_again(known, found) is known else await self._again(known, found)
            for known, found in zip(await self.suggestions.add(judged), judged, strict=True)
        ]
        await self.tell(standing)

    async def _again(self, known: Suggestion, found: Suggestion) -> Suggestion:
        stands = await self.suggestions.change(found.id, lambda one: find_again(one, found))
        return known if stands is None else stands

    def _judge(self, finding: Finding) -> Suggestion | None:
        rule = self.discovery.rules[finding.detector]
        emitted = (
            finding.act.subject is not None
            and rule.emit_from is not None
            and finding.confidence >= rule.emit_from
        )
        if not emitted and finding.confidence < rule.suggest_from:
            return None
        return Suggestion(
            id=suggestion_id(finding.detector, finding.act.source, finding.act.id),
            detector=finding.detector,
            status="emitted" if emitted else "open",
            confidence=finding.confidence,
            evidence=finding.evidence,
            act=finding.act,
            people=finding.people,
            found_at=self.clock.now(),
            pending=emitted,
        )

    async def _take_back(self, retraction: Retraction) -> None:
        now = self.clock.now()
        changed = await self.suggestions.change(
            suggestion_id(retraction.detector, retraction.source, retraction.id),
            lambda one: lapse(one, now, retraction.reason, only_open=retraction.only_open),
        )
        if changed is not None:
            await self.tell([changed])


def _end(subject: str, leads_to: Mapping[str, str]) -> str:
    """The customer, or the last alias of the chain: two names of one stranger are one person."""
    for _ in range(LONGEST_CHAIN):
        subject = leads_to.get(subject, subject)
    return subject
