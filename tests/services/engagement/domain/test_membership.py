"""Memberships follow from rules and decisions."""

from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain.membership import (
    Decision,
    Group,
    Membership,
    difference,
    members,
    whole_up_to,
)

CLUB, TEAM, LOYAL = Group("circle", "club"), Group("circle", "team"), Group("segment", "club")
GROUPS = st.sampled_from([CLUB, TEAM, LOYAL])
CUSTOMERS = st.sampled_from(["a", "b"])
DECISIONS = st.lists(
    st.builds(
        Decision,
        circle=st.sampled_from(["club", "team"]),
        origin=st.sampled_from(["a", "b", "old"]),
        customer=CUSTOMERS,
        member=st.booleans(),
        time=st.integers(0, 3),
    ),
    unique_by=lambda one: (one.circle, one.origin),
)
RULED = st.lists(st.tuples(GROUPS, CUSTOMERS), unique=True)


@given(ruled=RULED, decisions=DECISIONS)
def test_the_latest_decision_goes_before_the_rule(
    ruled: list[tuple[Group, str]], decisions: list[Decision]
) -> None:
    found = {(one.group, one.customer): one for one in members(ruled, decisions, 9)}
    for group in (CLUB, TEAM, LOYAL):
        for customer in ("a", "b"):
            told = [
                one
                for one in decisions
                if group.kind == "circle" and (one.circle, one.customer) == (group.name, customer)
            ]
            member = found.get((group, customer))
            if not told:
                assert (member is not None) == ((group, customer) in ruled)
                assert member is None or (member.by, member.since) == ("rule", 9)
                continue
            last = max(told, key=lambda one: (one.time, one.origin))
            assert (member is not None) == last.member
            assert member is None or (member.by, member.since) == ("hand", last.time)


@given(before=RULED, after=RULED, decisions=DECISIONS)
def test_a_difference_leads_from_one_to_the_other_and_then_is_none(
    before: list[tuple[Group, str]], after: list[tuple[Group, str]], decisions: list[Decision]
) -> None:
    old = {(one.group, one.customer): one for one in members(before, (), 1)}
    wanted = members(after, decisions, 2)
    found = difference(old.values(), wanted)
    new = {key: one for key, one in old.items() if key not in found.drop}
    new |= {(one.group, one.customer): one for one in found.put}
    assert new.keys() == {(one.group, one.customer) for one in wanted}
    assert all(new[key].since == 1 for key in new.keys() & old.keys() if new[key].by == "rule"), (
        "who stays by rule keeps their time"
    )
    assert difference(new.values(), wanted) == ([], [])


def test_a_later_decision_renews_a_membership_by_hand() -> None:
    (before,) = members((), [Decision("club", "a", "a", True, 1)], 9)
    (after,) = members((), [Decision("club", "a", "a", True, 2)], 9)
    assert difference([before], [after]) == ([after], [])


def test_rows_that_were_cut_off_are_whole_up_to_the_customer_before() -> None:
    rows = [Membership(CLUB, customer, 1, "rule") for customer in ("a", "b", "b")]
    assert whole_up_to(rows, 4, "c") == "c"
    assert whole_up_to(rows, 4, None) is None
    assert whole_up_to(rows, 3, None) == "a"
    assert whole_up_to(rows[1:], 2, None) == "b"
