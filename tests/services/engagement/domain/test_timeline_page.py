"""Pages of a timeline: everything once and in order, whatever the lists hold."""

from collections.abc import Collection, Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.engagement.domain.ledger import Entry
from services.engagement.domain.moment import Moment
from services.engagement.domain.timeline import Answer, CaseOpened, Item, Kind, Place
from services.engagement.domain.timeline_page import Page, Shown, kind_of, merge, place_of

ALL: frozenset[Kind] = frozenset(("act", "moment", "answer", "case"))


def entry(time: int, key: str) -> Entry:
    return Entry(
        key=key,
        customer="c",
        origin="c",
        kind="answer",
        time=time,
        cell="d",
        points=1.0,
        counts_from=time,
        weight=1.0,
        formula="f",
    )


def answer(time: int, key: str) -> Item:
    body = Answer(survey="s", value=1, scale=(0, 10))
    return Item(key=key, customer="c", time=time, body=body)


def case(time: int, key: str) -> Item:
    return replace(answer(time, key), body=CaseOpened(case_id="1", cause="survey"))


def moment(time: int, key: str) -> Moment:
    return Moment(id=key, customer="c", kind="first", name="contact", time=time)


def page_behind(
    before: Place | None, told: Sequence[Sequence[Shown]], kinds: Collection[Kind], most: int
) -> Page:
    lists = [
        sorted(
            (one for one in several if before is None or place_of(one) < before),
            key=place_of,
            reverse=True,
        )[: most + 1]
        for several in told
    ]
    return merge(lists, kinds, most)


def read_on(
    told: Sequence[Sequence[Shown]], kinds: Collection[Kind], most: int, before: Place | None = None
) -> list[Shown]:
    page = page_behind(before, told, kinds, most)
    seen = list(page.shown)
    while page.after is not None:
        assert before is None or page.after < before
        before = page.after
        page = page_behind(before, told, kinds, most)
        assert len(page.shown) <= most
        seen += page.shown
    return seen


def test_an_answer_stands_for_its_act() -> None:
    told: list[list[Shown]] = [[entry(1, "a"), entry(2, "b")], [answer(2, "b"), case(1, "z")]]
    assert read_on(told, ALL, 10) == [answer(2, "b"), case(1, "z"), entry(1, "a")]
    assert read_on(told, {"act"}, 10) == [entry(1, "a")]


def test_nothing_at_all() -> None:
    assert merge([], ALL, 5) == merge([[], []], ALL, 5) == Page([], None)


TIMES = st.integers(0, 6)
KEYS = st.sampled_from("abcdefgh")
PLACES = st.lists(st.tuples(TIMES, KEYS), unique=True, max_size=25)


@given(PLACES, PLACES, PLACES, st.integers(1, 7), st.sets(st.sampled_from(sorted(ALL)), min_size=1))
def test_everything_is_found_once_and_in_order(
    acts: list[tuple[int, str]],
    items: list[tuple[int, str]],
    moments: list[tuple[int, str]],
    most: int,
    kinds: set[Kind],
) -> None:
    own = [(time, f"{key} item") for time, key in items[::2]]
    told: list[list[Shown]] = [
        [entry(time, key) for time, key in acts],
        [*(answer(*place) for place in items[1::2]), *(case(*place) for place in own)],
        [moment(time, f"{key} moment") for time, key in moments],
    ]
    answers = {place_of(one) for one in told[1]}
    meant = [
        one
        for several in told
        for one in several
        if kind_of(one) in kinds and not (isinstance(one, Entry) and place_of(one) in answers)
    ]
    seen = read_on(told, kinds, most)
    assert seen == sorted(meant, key=place_of, reverse=True)


@given(PLACES, PLACES, st.integers(1, 4))
def test_what_comes_meanwhile_moves_nothing(
    before: list[tuple[int, str]], later: list[tuple[int, str]], most: int
) -> None:
    told: list[list[Shown]] = [[entry(*place) for place in before], []]
    first = page_behind(None, told, ALL, most)
    if first.after is None:
        return
    told[1] += [case(time + 10, f"{key} item") for time, key in later]
    rest = read_on(told, ALL, most, first.after)
    old = sorted((one for one in told[0]), key=place_of, reverse=True)
    assert [*first.shown, *rest] == old
