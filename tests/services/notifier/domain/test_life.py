"""Anything may happen to one person, in any order: nobody is ever written to too often, at night,
or against their will, and nothing is lost on the way."""

from datetime import timedelta
from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.notifier.domain.consent import Consent, State
from services.notifier.domain.marks import Kind, Mark, joined
from services.notifier.domain.preferences import Frequency, Preferences
from shared.contracts.purposes import PURPOSES, Purpose
from tests.services.notifier.builders import (
    DAY,
    NOW,
    make_customer,
    make_occasion,
    make_policy,
    make_rule,
)
from tests.services.notifier.domain.life import WITHOUT_MESSAGE, Life
from tests.services.notifier.domain.oracle import MINUTE, has_room
from tests.services.notifier.domain.places import CHANGES, at

SHIPPED = (
    {"at_most": 2, "per": "day"},
    {"at_most": 1, "per": "day", "purposes": ["thanks", "survey", "touchpoint", "promotion"]},
    {"at_most": 3, "per": "7d", "purposes": ["thanks", "survey", "touchpoint", "promotion"]},
    {"at_most": 8, "per": "30d", "purposes": ["thanks", "survey", "touchpoint", "promotion"]},
    {"at_most": 1, "per": "14d", "purposes": ["survey"]},
    {"at_most": 1, "per": "14d", "purposes": ["touchpoint", "promotion"]},
)
BUDGETS = (
    SHIPPED,
    ({"at_most": 3, "per": "day"},),
    ({"at_most": 2, "per": "20h"}, {"at_most": 1, "per": "5h", "purposes": ["thanks", "survey"]}),
    ({"at_most": 1, "per": "day"}, {"at_most": 0, "per": "day", "purposes": ["touchpoint"]}),
)
CHANNELS = ("email", "sms", "inbox")
MERGES = (None, timedelta(0), timedelta(hours=2))
RULES = {
    f"{purpose}-{n}": make_rule(
        f"{purpose}-{n}",
        on=f"{purpose}-{n}",
        purpose=purpose,
        channels=CHANNELS[n:] or CHANNELS,
        rank=n,
        merges=MERGES[n],
        stale_after=None if purpose == "recovery" else timedelta(days=3 + 9 * n),
        survey=None,
    )
    for purpose in PURPOSES
    for n in range(3)
}
MINUTES = st.integers(1, 90) | st.integers(1, 3000) | st.integers(1, 20_000)
CHANGE_TIMES = [at(text) for texts in CHANGES.values() for text in texts]


def agreed(purpose: Purpose, time: int = 0) -> Consent:
    return Consent(purpose=purpose, channel="any", state="granted", time=time)


class OnePerson(RuleBasedStateMachine):
    """Rules are what may happen."""

    @initialize(
        zone=st.sampled_from(sorted(CHANGES)) | st.none(),
        country=st.sampled_from(("US", "ES", "KI", None)),
        budget=st.sampled_from(BUDGETS),
        promotion=st.booleans(),
        start=st.sampled_from(CHANGE_TIMES),
        before=st.integers(0, 4000),
    )
    def begin(
        self,
        zone: str | None,
        country: str | None,
        budget: tuple[dict[str, object], ...],
        promotion: bool,
        start: int,
        before: int,
    ) -> None:
        self.policy = make_policy(*RULES.values(), budget=budget, promotion=promotion)
        self.count = 0
        self.shipped = budget is SHIPPED
        customer = make_customer(
            phone="+34600000000",
            time_zone=zone,
            country=country,
            consents=tuple(agreed(purpose) for purpose in PURPOSES),
        )
        self.life = Life(customer, self.policy, start - before * MINUTE)

    def _occasion(self, kind: str, ago: int) -> object:
        self.count += 1
        day = (self.life.now - ago - int(NOW.timestamp() * 1000)) / DAY
        return make_occasion(str(self.count), kind=kind, day=day, order=str(self.count % 3))

    @rule(
        kinds=st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=4),
        ago=st.integers(0, 4 * DAY),
    )
    def arrive(self, kinds: list[str], ago: int) -> None:
        self.life.decide([self._occasion(kind, ago) for kind in kinds])  # type: ignore[misc]

    @rule(kind=st.sampled_from(sorted(RULES)))
    def arrive_twice_in_one_batch(self, kind: str) -> None:
        one = self._occasion(kind, 0)
        self.life.decide([one, one])  # type: ignore[list-item]

    @precondition(lambda self: self.life.held())
    @rule(data=st.data())
    def arrive_again(self, data: st.DataObject) -> None:
        self.life.decide([data.draw(st.sampled_from(self.life.held())).occasion])

    @rule(minutes=MINUTES)
    def wait(self, minutes: int) -> None:
        self.life.pass_time(minutes * MINUTE)

    @rule(case=st.sampled_from(("k-1", "k-2")), is_open=st.booleans())
    def case(self, case: str, is_open: bool) -> None:
        cases = self.life.customer.open_cases
        self.life.change(open_cases=cases | {case} if is_open else cases - {case})

    @rule(
        kind=st.sampled_from(("promise", "refund", "order_void")),
        key=st.sampled_from("012"),
        opened=st.none() | st.integers(-3000, 3000),
        closed=st.none() | st.integers(-3000, 0),
    )
    def order_news(self, kind: Kind, key: str, opened: int | None, closed: int | None) -> None:
        now = self.life.now
        mark = Mark(
            kind=kind,
            key=key,
            opened=None if opened is None else now + opened * MINUTE,
            closed=None if closed is None else now + closed * MINUTE,
        )
        self.life.change(marks=joined(self.life.customer.marks, [mark]))

    @rule(
        purpose=st.sampled_from(PURPOSES),
        channel=st.sampled_from((*CHANNELS, "any")),
        state=st.sampled_from(("granted", "granted", "withdrawn")),
        lasts=st.none() | st.integers(1, 5000),
    )
    def consent(self, purpose: Purpose, channel: str, state: State, lasts: int | None) -> None:
        now = self.life.now
        expires = None if lasts is None else now + lasts * MINUTE
        said = Consent(purpose=purpose, channel=channel, state=state, time=now, expires=expires)
        earlier = [c for c in self.life.customer.consents if c.time < now]
        self.life.change(consents=(*earlier, said))

    @rule(
        channels=st.sampled_from(((), (), ("sms",), ("inbox", "email"))),
        frequency=st.sampled_from(("usual", "usual", "weekly", "monthly")),
        pause=st.none() | st.integers(1, 6000),
    )
    def prefer(self, channels: tuple[str, ...], frequency: Frequency, pause: int | None) -> None:
        paused_until = None if pause is None else self.life.now + pause * MINUTE
        self.life.change(
            preferences=Preferences(
                channels=channels, frequency=frequency, paused_until=paused_until
            )
        )

    @rule(channel=st.sampled_from(CHANNELS), bounced=st.booleans())
    def bounce(self, channel: str, bounced: bool) -> None:
        self.life.change(suppressed={channel: "hard_bounce"} if bounced else {})

    @precondition(lambda self: self.life.waiting)
    @rule(data=st.data(), outcome=st.sampled_from(("taken", "taken", "deferred", "refused")))
    def send(self, data: st.DataObject, outcome: Literal["taken", "deferred", "refused"]) -> None:
        ids = sorted(self.life.waiting)
        self.life.send(self.life.waiting[data.draw(st.sampled_from(ids))], outcome)

    @invariant()
    def everything_is_in_order(self) -> None:
        self.life.check()

    @invariant()
    def what_is_less_than_recovery_leaves_it_room(self) -> None:
        if self.shipped:
            life = self.life
            zones = life.customer.zones(life.policy.time_zone)
            charges = life.customer.attention.charges
            others = [charge for charge in charges if charge.purpose != "recovery"]
            assert has_room(others, life.policy.attention.budget, "recovery", life.now, zones)

    def teardown(self) -> None:
        """If nothing happens any more, everything goes or ends, but for what waits for news."""
        if not hasattr(self, "life"):
            return
        life = self.life
        for _ in range(300):
            for message in list(life.waiting.values()):
                life.send(message, "taken")
            life.check()
            dues = [one.due for one in life.held() if one.due is not None]
            if not dues and not life.waiting:
                break
            if dues:
                life.pass_time(min(dues) - life.now)
        assert {one.reason for one in life.held()} <= WITHOUT_MESSAGE


TestOnePerson = OnePerson.TestCase
TestOnePerson.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
