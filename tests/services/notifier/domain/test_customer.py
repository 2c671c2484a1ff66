"""What was last agreed to."""

import pytest

from services.notifier.domain.customer import State, last_state
from shared.contracts.customers import Consent


def say(state: State, time: str, purpose: str = "thanks") -> Consent:
    return Consent(purpose=purpose, channel="email", state=state, time=time)  # type: ignore[arg-type]


def test_the_last_word_counts_whatever_its_place_and_zone() -> None:
    withdrawn = say("withdrawn", "2026-01-01T10:30:00+02:00")
    granted = say("granted", "2026-01-01T09:00:00Z")
    for consents in ([withdrawn, granted], [granted, withdrawn]):
        assert last_state(consents, "thanks", "email") == "granted"


def test_of_two_at_one_time_the_withdrawal_counts() -> None:
    both = [say("withdrawn", "2026-01-01T10:00:00Z"), say("granted", "2026-01-01T11:00:00+01:00")]
    for consents in (both, both[::-1]):
        assert last_state(consents, "thanks", "email") == "withdrawn"


def test_purposes_are_apart() -> None:
    consents = [say("granted", "2026-01-01T10:00:00Z", "survey")]
    assert last_state(consents, "thanks", "email") is None
    assert last_state(consents, "survey", "email") == "granted"
    with pytest.raises(ValueError, match="RFC 3339"):
        last_state([say("granted", "yesterday")], "thanks", "email")
