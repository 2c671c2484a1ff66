"""Acts that move referrals on: who signed up or bought by a code, and what became of the order."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.events.domain.evidence import Seen
from services.events.domain.identity import is_alias
from services.events.domain.order_acts import ORDER_ACTS, telling_of
from services.events.domain.referral import Referral, add_tellings
from services.events.domain.referred_order import Telling
from services.events.domain.watched import WatchedAct
from services.events.ports.buyers import Buyers
from services.events.ports.referrals import Referrals
from services.events.use_cases.changing_referrals import ChangeReferral
from services.events.use_cases.people import FindPeople
from services.events.use_cases.referring import Claim, ReferPeople
from shared.errors import Invalid


@dataclass(frozen=True, slots=True)
class WatchReferrals:
    """A Watcher. Asks its stores once for a batch, and for each act only where one is concerned."""

    refer: ReferPeople
    referrals: Referrals
    buyers: Buyers
    people: FindPeople
    change: ChangeReferral

    @property
    def kinds(self) -> frozenset[str]:
        return ORDER_ACTS | {"sign_up"}

    async def follows(self, bought: Mapping[str, datetime]) -> Collection[str]:
        """Whoever may be buying for the first time, and all referees.

        The purchases of anybody else leave nothing here: they are not what `buyers` keeps, and
        there is no referral that they could be told to. The stores are asked for each batch,
        which was published before that: so a claim that was stored before a purchase was
        published is seen, whoever stored it. A claim that is stored later looks for a first
        purchase itself, and that one is kept before anybody asks who is a referee.
        """
        known = await self.buyers.bought_by(bought)
        return {*(bought.keys() - known), *await self._concerned(known)}

    async def __call__(self, acts: Sequence[WatchedAct]) -> None:
        told = _tellings(acts)
        firsts = {subject: first for subject, some in told.items() if (first := _first(some))}
        if firsts:
            await self.buyers.bought(firsts)
        for act in acts:
            if act.kind in ("sign_up", "purchase"):
                await self._claim(act)
        for subject, referral in (await self._concerned(told.keys())).items():
            await self._tell(subject, referral, told[subject])

    async def _claim(self, act: WatchedAct) -> None:
        # Who is only named (`referred_by`) recommended: that is for discovery to find.
        code = act.text("referral_code")
        if code is not None:
            try:
                await self.refer.claim(Claim(code.strip().lower(), act.subject, act.time, Seen()))
            except Invalid:
                return  # What was produced to the topic past this service may name anybody.

    async def _concerned(self, subjects: Collection[str]) -> Mapping[str, Referral]:
        """The referral of each subject that has one, also under another name of theirs."""
        bound = dict(await self.referrals.bound(subjects))
        names = await self.people.names([one for one in subjects if one not in bound])
        others = {name: subject for subject, some in names.items() for name in some - {subject}}
        found = await self.referrals.bound(others.keys()) if others else {}
        for name, referral in sorted(found.items(), key=lambda one: one[1].first_touch):
            bound.setdefault(others[name], referral)
        return bound

    async def _tell(self, subject: str, referral: Referral, told: Sequence[Telling]) -> None:
        def changed(it: Referral) -> Referral:
            if it.referee is not None and is_alias(it.referee) and not is_alias(subject):
                it = replace(it, referee=subject)
            return add_tellings(it, told, self.change.rules)

        if referral.referee is not None and is_alias(referral.referee):
            winner = await self.referrals.bind(subject, referral.id)
            if winner != referral.id:
                return
        await self.change(referral.id, changed)


def _tellings(acts: Sequence[WatchedAct]) -> Mapping[str, list[Telling]]:
    told: dict[str, list[Telling]] = defaultdict(list)
    for act in acts:
        one = telling_of(act)
        if one is not None:
            told[act.subject].append(one)
    return told


def _first(tellings: Sequence[Telling]) -> Telling | None:
    purchases = [one for one in tellings if one.kind == "purchase"]
    return min(purchases, key=lambda one: (one.at, one.key), default=None)
