"""The record of consents only grows, within a bound."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from services.events.domain.consents import KEPT, added
from shared.contracts.customers import Consent


def make_consent(day: int = 1, **changes: str) -> Consent:
    said = {
        "purpose": "thanks",
        "channel": "email",
        "state": "granted",
        "time": f"2026-01-{day:02d}T10:00:00Z",
    }
    return Consent(**{**said, **changes})  # type: ignore[arg-type]


consents = st.builds(
    make_consent,
    st.integers(1, 28),
    purpose=st.sampled_from(["thanks", "survey", "promotion"]),
    channel=st.sampled_from(["email", "any"]),
    state=st.sampled_from(["granted", "withdrawn"]),
    wording=st.sampled_from(["v1", "v2"]),
)


@given(st.lists(consents), st.lists(consents))
def test_nothing_that_stood_is_lost_and_saying_it_again_changes_nothing(
    stood: list[Consent], said: list[Consent]
) -> None:
    before = added((), stood)
    after = added(before, said)
    assert set(before) <= set(after)
    assert added(after, said) == after
    assert added(after, ()) == after


def test_one_instant_written_in_two_ways_is_one_line_as_it_was_said_first() -> None:
    first = make_consent(source="checkout")
    again = make_consent(time="2026-01-01T11:00:00+01:00", source="desk")
    assert added([first], [again]) == (first,)


def test_of_two_at_one_time_the_withdrawal_counts() -> None:
    withdrawn = make_consent(state="withdrawn")
    assert added([withdrawn], [make_consent()])[-1] == withdrawn


def test_beyond_the_bound_the_oldest_go_but_no_refusal_that_stands() -> None:
    refusal = make_consent(state="withdrawn", time="2020-01-01T00:00:00Z")
    lifted = make_consent(purpose="survey", state="withdrawn", time="2020-01-02T00:00:00Z")
    many = [
        make_consent(purpose="survey", time=f"2025-{month:02d}-{day:02d}T{hour:02d}:00:00Z")
        for month, day, hour in product(range(1, 5), range(1, 26), (8, 20))
    ]
    kept = added([refusal, lifted], many)
    assert len(many) == KEPT == len(kept)
    assert kept == (refusal, *many[1:])


def test_refusals_alone_keep_to_the_bound() -> None:
    many = [make_consent(channel=f"c-{n}", state="withdrawn") for n in range(KEPT + 9)]
    assert len(added((), many)) == KEPT
