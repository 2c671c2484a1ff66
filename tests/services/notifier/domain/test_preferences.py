"""What two records of one person want together."""

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.preferences import Preferences, stricter

FREQUENCIES = ("usual", "weekly", "monthly")
ANY = st.builds(
    Preferences,
    channels=st.sampled_from(((), ("email",), ("sms", "email"))),
    frequency=st.sampled_from(FREQUENCIES),
    paused_until=st.none() | st.integers(1, 5),
    revision=st.integers(0, 2),
)


@given(ANY, ANY, ANY)
def test_the_stricter_wish_holds_whatever_comes_first(
    one: Preferences, two: Preferences, three: Preferences
) -> None:
    both = stricter(one, two)
    assert both == stricter(two, one) == stricter(both, two)
    assert stricter(both, three) == stricter(one, stricter(two, three))
    for wish in (one, two):
        assert FREQUENCIES.index(both.frequency) >= FREQUENCIES.index(wish.frequency)
        assert (both.paused_until or 0) >= (wish.paused_until or 0)
        assert both.revision >= wish.revision


def test_the_newer_wish_for_channels_holds() -> None:
    old = Preferences(channels=("email",), revision=1)
    assert stricter(Preferences(revision=2), old).channels == ()
