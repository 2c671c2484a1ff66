"""What platforms say, beside what the shop says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.domain.customer import Details, revise
from services.events.domain.identity import Person
from services.events.domain.introduction import MOST_CONSENTS, introduce, waves
from shared.contracts.customers import Consent, Customer

TIMES = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00+02:00", "2026-01-02", "yesterday"]
CONSENTS = st.lists(
    st.builds(
        Consent,
        purpose=st.sampled_from(["thanks", "survey"]),
        channel=st.just("email"),
        state=st.sampled_from(["granted", "withdrawn"]),
        time=st.sampled_from(TIMES) | st.text(max_size=30),
    ),
    max_size=5,
).map(tuple)
FIELDS = {
    "name": st.none() | st.text(max_size=300) | st.sampled_from(["Ana", "Bo"]),
    "email": st.none() | st.text(max_size=30) | st.sampled_from(["a@x.example", "b@x.example"]),
    "phone": st.none() | st.text(max_size=30) | st.just("+351912345678"),
    "locale": st.none() | st.text(max_size=10) | st.sampled_from(["pt-PT", "en"]),
    "time_zone": st.none() | st.text(max_size=10) | st.just("Europe/Lisbon"),
    "country": st.none() | st.text(max_size=3) | st.sampled_from(["PT", "pt", "ZZ", "001"]),
    "consents": CONSENTS,
}
PEOPLE = st.builds(Person, st.just("shopify:shop:7"), st.just("c-1"), **FIELDS)
SHOP = Customer(
    revision=1, name="Ana Lima", locale="pt", excluded="staff", leaderboard_name="Ana L."
)


def _after(known: Customer | None, person: Person, *, by_platform_only: bool) -> Customer | None:
    details = introduce(known, person, by_platform_only=by_platform_only)
    return known if details is None else revise(details, known.revision if known else None, 1)


@given(PEOPLE, st.booleans())
def test_said_twice_it_changes_nothing(person: Person, by_platform_only: bool) -> None:
    once = _after(None, person, by_platform_only=by_platform_only)
    assert introduce(once, person, by_platform_only=by_platform_only) is None


@given(PEOPLE)
def test_the_shop_s_words_stand(person: Person) -> None:
    after = _after(SHOP, person, by_platform_only=False)
    assert after is not None
    assert (after.name, after.locale) == ("Ana Lima", "pt")


@given(PEOPLE, st.booleans())
def test_no_platform_has_a_say_in_who_is_excluded_or_shown(
    person: Person, by_platform_only: bool
) -> None:
    after = _after(SHOP, person, by_platform_only=by_platform_only)
    assert after is not None
    assert (after.excluded, after.leaderboard_name) == ("staff", "Ana L.")


@given(PEOPLE, PEOPLE)
def test_nothing_known_is_lost(first: Person, second: Person) -> None:
    before = _after(None, first, by_platform_only=True)
    after = _after(before, second, by_platform_only=True)
    assert before is not None
    assert after is not None
    for field in ("name", "email", "phone", "locale", "time_zone"):
        assert getattr(before, field) is None or getattr(after, field) is not None
    assert after.consents[: len(before.consents)] == before.consents


@given(PEOPLE)
def test_what_is_kept_can_be_shown_and_sent(person: Person) -> None:
    after = introduce(None, person, by_platform_only=True) or Details()
    assert after.name is None or (after.name.isprintable() and 0 < len(after.name) <= 200)
    assert after.email is None or (after.email.count("@") == 1 and "\n" not in after.email)
    assert after.phone in (None, "+351912345678") or after.phone[0] == "+"
    assert after.time_zone is None or "/" in after.time_zone or after.time_zone.isascii()


def test_consents_do_not_pile_up() -> None:
    states = ("granted", "withdrawn")
    said = tuple(
        Consent(
            purpose="thanks",
            channel="email",
            state=states[n % 2],  # type: ignore[arg-type]
            time=f"2026-01-01T00:{n // 60:02}:{n % 60:02}Z",
        )
        for n in range(200)
    )
    after = introduce(None, Person("a:1", "c-1", consents=said), by_platform_only=True)
    assert after is not None
    assert len(after.consents) == MOST_CONSENTS


@given(st.lists(st.sets(st.sampled_from("abcdef"), max_size=3), max_size=12))
def test_who_shares_a_name_is_introduced_in_order_and_never_together(names: list[set[str]]) -> None:
    places = {
        number: place
        for place, wave in enumerate(waves(range(len(names)), names))
        for number in wave
    }
    assert places.keys() == set(range(len(names)))
    for later in range(len(names)):
        for earlier in range(later):
            if names[earlier] & names[later]:
                assert places[earlier] < places[later]


@pytest.mark.parametrize(("told", "kept"), [("PT", "PT"), ("pt", None), ("ZZ", None), ("", None)])
def test_a_country_is_kept_where_it_is_one(told: str, kept: str | None) -> None:
    person = Person("shopify:shop:7", "c-1", name="Ana", country=told)
    details = introduce(None, person, by_platform_only=True)
    assert details is not None
    assert details.country == kept
