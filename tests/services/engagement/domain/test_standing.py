"""Where customers stand, and what of it is news."""

from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain.membership import Group, Membership
from services.engagement.domain.standing import Place, Standing, changed, places

PLACES = st.builds(
    Place,
    st.sampled_from(["guest", "friend"]),
    st.sampled_from([(), ("loyal",)]),
    st.sampled_from([(), ("club",)]),
)
FOUND = st.dictionaries(st.sampled_from("abcd"), PLACES)


def belongs(customer: str, kind: str, name: str) -> Membership:
    group = Group(kind, name)  # type: ignore[arg-type]
    return Membership(group, customer, 1, "rule")


def test_a_place_has_the_level_and_all_groups_in_order() -> None:
    memberships = [
        belongs("a", "segment", "new"),
        belongs("a", "circle", "club"),
        belongs("a", "segment", "loyal"),
        belongs("b", "circle", "team"),
    ]
    assert places({"a": "friend", "c": "friend"}, memberships, "guest") == {
        "a": Place("friend", ("loyal", "new"), ("club",)),
        "b": Place("guest", (), ("team",)),
        "c": Place("friend"),
    }


def test_who_was_never_told_of_and_stands_nowhere_is_no_news() -> None:
    assert changed([], {"a": Place("guest")}, "guest", 5) == []


def test_who_is_found_no_more_stands_nowhere() -> None:
    told = [Standing("a", 3, Place("friend", ("loyal",)))]
    assert changed(told, {}, "guest", 5) == [Standing("a", 5, Place("guest"))]


def test_the_id_follows_from_all_that_is_said() -> None:
    one = Standing("a", 3, Place("friend", ("loyal",)))
    others = [
        Standing("b", 3, one.place),
        Standing("a", 4, one.place),
        Standing("a", 3, Place("friend", (), ("loyal",))),
        Standing("a", 3, Place("loyal", ("friend",))),
    ]
    assert one.id == Standing("a", 3, Place("friend", ("loyal",))).id
    assert len({each.id for each in (one, *others)}) == 5


@given(FOUND, FOUND, st.integers(0, 9), st.integers(0, 9))
def test_once_it_is_told_it_is_no_news_and_later_than_before(
    first: dict[str, Place], second: dict[str, Place], at: int, then: int
) -> None:
    told = {one.customer: one for one in changed([], first, "guest", at)}
    news = changed(told.values(), second, "guest", then)
    for one in news:
        assert one.customer not in told or one.time > told[one.customer].time
    told |= {one.customer: one for one in news}
    assert changed(told.values(), second, "guest", then) == []
    for customer, place in second.items():
        assert customer in told or place == Place("guest")
        assert customer not in told or told[customer].place == place
