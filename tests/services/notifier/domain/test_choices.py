"""What the page asks and what is answered: nothing is agreed to that nobody ticked."""

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.choices import Answers, choices, wish
from services.notifier.domain.consent import Consent, together
from services.notifier.domain.customer import Customer
from services.notifier.domain.gates import Pass, judge
from services.notifier.domain.preferences import Frequency, Preferences
from services.notifier.domain.wish import news
from shared.contracts.purposes import PURPOSES, Purpose
from tests.services.notifier.builders import (
    TIME,
    make_customer,
    make_occasion,
    make_policy,
    make_rule,
)

POLICY = make_policy(promotion=True)
NAMES = tuple(POLICY.routes)
CONSENTS = st.builds(
    Consent,
    purpose=st.sampled_from(PURPOSES),
    channel=st.sampled_from((*NAMES, "any")),
    state=st.sampled_from(("granted", "withdrawn")),
    time=st.integers(TIME - 3, TIME + 3),
    expires=st.none() | st.integers(TIME - 2, TIME + 2),
)
FREQUENCIES: tuple[Frequency, ...] = ("usual", "weekly", "monthly")
CUSTOMERS = st.builds(
    lambda consents, preferences, email, phone: make_customer(
        consents=tuple(consents), preferences=preferences, email=email, phone=phone
    ),
    st.lists(CONSENTS, max_size=6),
    st.builds(
        Preferences,
        channels=st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
        frequency=st.sampled_from(FREQUENCIES),
        paused_until=st.none() | st.integers(TIME - 2, TIME + 2),
    ),
    st.none() | st.just("ada@example.org"),
    st.none() | st.just("+34600000000"),
)


def after(customer: Customer, answers: Answers) -> Customer:
    """The customer once the answers are kept."""
    new = news(wish(answers, customer, POLICY, "w", TIME), customer, "page", TIME)
    if new is None:
        return customer
    consents = together(customer.consents, new.consents)
    known = {"consents": consents, "preferences": new.preferences}
    return Customer(customer.id, customer.record, **known)  # type: ignore[arg-type]


@given(CUSTOMERS)
def test_a_form_that_nobody_touched_changes_nothing(customer: Customer) -> None:
    shown = choices(customer, POLICY, TIME)
    wanted = tuple(name for name, is_wanted in shown.channels.items() if is_wanted)
    answers = Answers(shown.purposes, wanted, shown.frequency, None)
    assert after(customer, answers) == customer


@given(
    CUSTOMERS,
    st.dictionaries(st.sampled_from(PURPOSES), st.booleans()),
    st.none() | st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
)
def test_what_was_said_is_what_holds(
    customer: Customer, purposes: dict[Purpose, bool], ways: tuple[str, ...] | None
) -> None:
    before = choices(customer, POLICY, TIME)
    if ways is not None:
        ways = tuple(name for name in ways if name in before.channels)
    shown = choices(after(customer, Answers(purposes, ways)), POLICY, TIME)
    wanted = tuple(name for name, is_wanted in before.channels.items() if is_wanted)
    is_silent = not (wanted if ways is None else ways)
    for purpose, is_on in purposes.items():
        assert shown.purposes[purpose] == (is_on and not is_silent)
    if ways:
        assert tuple(name for name, wanted in shown.channels.items() if wanted) == ways
    for purpose in set(PURPOSES) - {*purposes}:
        if ways is None:
            assert shown.purposes[purpose] == before.purposes[purpose]


@given(CUSTOMERS, st.sampled_from(PURPOSES))
def test_what_the_page_shows_as_off_is_never_sent(customer: Customer, purpose: Purpose) -> None:
    rule = make_rule(purpose=purpose, channels=NAMES)
    found = judge(make_occasion(), rule, customer, POLICY, (), TIME)
    if not choices(customer, POLICY, TIME).purposes[purpose]:
        assert not isinstance(found, Pass)
