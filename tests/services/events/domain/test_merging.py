"""What a merge makes of two records, and that undoing gives both back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.domain.customer import Details, details_of, revise
from services.events.domain.merging import (
    UNDO_FOR,
    Change,
    Merge,
    Standing,
    begin,
    combine,
    separate,
    undo,
)
from shared.contracts.customers import Consent, Customer
from shared.errors import Conflict
from tests.services.events.builders import NOW

ANA = Details(name="Ana", email="ana@example.com", aliases=("shop:7",))
LIMA = Details(name="A. Lima", phone="+351911111111", locale="pt-PT", aliases=("shop:8",))


def consent(state: str, time: str, purpose: str = "thanks") -> Consent:
    return Consent(purpose=purpose, channel="email", state=state, time=time)  # type: ignore[arg-type]


def wanted(source: str = "c-2", target: str = "c-1", id: str = "m") -> Merge:
    return Merge(id, source, target, "key", NOW)


class Book:
    """Customers and merges in memory, changed by the rules as a store would."""

    def __init__(self, **details: Details) -> None:
        self.customers: dict[str, Customer] = {
            id: revise(one, None, 1) for id, one in details.items()
        }
        self.merges: dict[str, Merge] = {}

    def merge(self, source: str, target: str) -> None:
        self._keep(begin(wanted(source, target, source), self._standing(source, target)))

    def undo(self, source: str) -> None:
        merge = self.merges[source]
        self._keep(undo(merge, self._standing(merge.source, merge.target), NOW))

    def details(self, id: str) -> Details:
        return details_of(self.customers[id])

    def _standing(self, source: str, target: str) -> Standing:
        both = {source, target}
        return Standing(
            self.customers.get(source),
            self.customers.get(target),
            [
                one
                for one in self.merges.values()
                if one.undone_at is None and {one.source, one.target} & both
            ],
        )

    def _keep(self, change: Change) -> None:
        self.merges |= {one.id: one for one in change.merges}
        for id, record in change.customers.items():
            before = self.customers.get(id)
            assert before is None or before.revision < record.revision
            self.customers[id] = record


def test_empty_fields_are_filled_from_the_other() -> None:
    assert combine(ANA, LIMA) == Details(
        name="Ana",
        email="ana@example.com",
        phone="+351911111111",
        locale="pt-PT",
        aliases=("shop:7",),
    )


def test_an_exclusion_and_a_name_on_leaderboards_stay_with_whom_they_were_said_of() -> None:
    other = replace(LIMA, excluded="blocked", leaderboard_name="Lima")
    assert combine(ANA, other).excluded is None
    assert combine(ANA, other).leaderboard_name is None
    assert combine(other, ANA).excluded == "blocked"
    assert combine(other, ANA).leaderboard_name == "Lima"


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_consents_the_later_word_comes_last(swapped: bool) -> None:
    yes, no = (
        consent("granted", "2026-01-02T00:00:00Z"),
        consent("withdrawn", "2026-01-01T00:00:00Z"),
    )
    sides = [Details(consents=(yes,)), Details(consents=(no,))]
    own, other = reversed(sides) if swapped else sides
    assert combine(own, other).consents == (no, yes)


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_consents_at_one_time_the_withdrawal_comes_last(swapped: bool) -> None:
    yes = consent("granted", "2026-01-01T01:00:00+01:00")
    no = consent("withdrawn", "2026-01-01T00:00:00Z")
    sides = [Details(consents=(yes,)), Details(consents=(no,))]
    own, other = reversed(sides) if swapped else sides
    assert combine(own, other).consents == (yes, no)


def test_what_was_said_since_the_merge_stays() -> None:
    combined = combine(ANA, LIMA)
    now = replace(combined, name="Ana Lima", phone=None)
    assert separate(now, combined, ANA) == replace(ANA, name="Ana Lima")


def test_a_consent_of_the_other_leaves_with_them() -> None:
    theirs, own, new = (
        consent("granted", f"2026-01-0{day}T00:00:00Z", purpose)
        for day, purpose in ((1, "survey"), (2, "thanks"), (3, "thanks"))
    )
    before = Details(consents=(own,))
    combined = combine(before, Details(consents=(theirs,)))
    assert set(combined.consents) == {theirs, own}
    now = replace(combined, consents=(*combined.consents, new))
    assert separate(now, combined, before).consents == (own, new)


def test_the_id_that_was_given_up_holds_nothing_else() -> None:
    book = Book(**{"c-1": ANA, "c-2": LIMA})
    book.merge("c-2", "c-1")
    given_up = book.customers["c-2"]
    assert given_up == Customer(revision=given_up.revision, merged_into="c-1")


def test_of_two_who_are_known_by_acts_only_no_record_is_made_but_the_redirect() -> None:
    book = Book()
    book.merge("c-2", "c-1")
    assert list(book.customers) == ["c-2"]
    book.undo("c-2")
    assert list(book.customers) == ["c-2"]
    assert book.customers["c-2"].merged_into is None


def test_who_was_given_up_is_merged_no_more() -> None:
    book = Book(**{"c-1": ANA, "c-2": LIMA})
    book.merge("c-2", "c-1")
    with pytest.raises(Conflict, match="into c-1 already"):
        book.merge("c-2", "c-3")
    with pytest.raises(Conflict, match="itself merged into c-1"):
        book.merge("c-3", "c-2")
    with pytest.raises(Conflict, match="itself merged into c-1"):
        book.merge("c-1", "c-2")


def test_a_merge_can_be_undone_for_thirty_days() -> None:
    change = begin(wanted(), Standing(None, None))
    (merge,) = change.merges
    last_moment = NOW + UNDO_FOR - timedelta(microseconds=1)
    assert undo(merge, Standing(None, None, [merge]), last_moment).is_new
    with pytest.raises(Conflict, match="30 days"):
        undo(merge, Standing(None, None, [merge]), NOW + UNDO_FOR)


def test_who_was_merged_on_comes_back_in_reverse_order_only() -> None:
    book = Book(**{"c-1": ANA, "c-2": LIMA, "c-3": Details(name="Zoe")})
    book.merge("c-2", "c-1")
    book.merge("c-1", "c-3")
    with pytest.raises(Conflict, match="into c-3: undo that merge first"):
        book.undo("c-2")
    book.undo("c-1")
    book.undo("c-2")
    assert (book.details("c-1"), book.details("c-2")) == (ANA, LIMA)


def test_undoing_the_first_of_two_merges_takes_only_what_came_by_it() -> None:
    zoe = Details(phone="+49301111111", time_zone="Europe/Berlin")
    book = Book(**{"c-1": ANA, "c-2": LIMA, "c-3": zoe})
    book.merge("c-2", "c-1")
    book.merge("c-3", "c-1")
    assert book.details("c-1").phone == LIMA.phone
    book.undo("c-2")
    assert book.details("c-1") == combine(ANA, zoe)
    book.undo("c-3")
    assert book.details("c-1") == ANA


WORDS = st.none() | st.sampled_from("abc")
CONSENTS = st.lists(
    st.builds(
        consent,
        st.sampled_from(["granted", "withdrawn"]),
        st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
        st.sampled_from(["thanks", "survey"]),
    ),
    max_size=3,
    unique=True,
).map(tuple)
DETAILS = st.builds(
    Details,
    name=WORDS,
    email=WORDS,
    phone=WORDS,
    consents=CONSENTS,
    excluded=st.sampled_from([None, "staff", "blocked"]),
    leaderboard_name=WORDS,
)
IDS = ["c-1", "c-2", "c-3", "c-4"]


@given(
    st.lists(DETAILS, min_size=4, max_size=4),
    st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.booleans()), max_size=12),
)
def test_whatever_was_merged_is_as_before_once_all_is_undone(
    details: list[Details], steps: list[tuple[str, str, bool]]
) -> None:
    before = dict(zip(IDS, details, strict=True))
    book = Book(**before)
    for source, target, undoing in steps:
        try:
            if undoing and source in book.merges:
                book.undo(source)
            elif source != target:
                book.merge(source, target)
        except Conflict:
            continue
    while in_force := [one for one in book.merges.values() if one.undone_at is None]:
        targets = {one.source for one in in_force}
        book.undo(next(one.source for one in in_force if one.target not in targets))
    assert {id: book.details(id) for id in IDS} == before
