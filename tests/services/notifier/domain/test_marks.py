"""What went on with orders, in whatever order it is told."""

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.marks import KEPT, Mark, joined

TIMES = st.none() | st.integers(0, 9)
KINDS = st.sampled_from(("promise", "refund", "order_void", "withdrawn"))
FEW = st.lists(st.builds(Mark, kind=KINDS, key=st.sampled_from("ab"), opened=TIMES, closed=TIMES))
MANY = st.lists(
    st.builds(
        Mark, kind=KINDS, key=st.integers(0, 200).map(str), opened=st.integers(0, 9), closed=TIMES
    ),
    min_size=KEPT - 5,
    max_size=2 * KEPT,
)


@given(FEW, FEW, FEW)
def test_the_order_of_news_does_not_matter(
    one: list[Mark], two: list[Mark], three: list[Mark]
) -> None:
    assert joined(one, two) == joined(two, one)
    assert joined(joined(one, two), three) == joined(one, joined(two, three))
    assert joined(joined(one, two), joined(one, two)) == joined(one, two)
    assert joined(joined(one, two), one) == joined(one, two)


@given(MANY, MANY)
def test_of_many_the_newest_are_kept(one: list[Mark], two: list[Mark]) -> None:
    both = joined(one, two)
    assert both == joined(two, one) == joined(both, ())
    assert len(both) <= KEPT
    everything = {(m.kind, m.key): max(m.opened or 0, m.closed or 0) for m in (*one, *two)}
    if len(everything) >= KEPT:
        assert len(both) == KEPT
    oldest = min(max(m.opened or 0, m.closed or 0) for m in both)
    lost = {key for key in everything if key not in {(m.kind, m.key) for m in both}}
    assert all(everything[key] <= oldest for key in lost)


def test_closing_may_be_told_before_opening() -> None:
    opened, closed = Mark(kind="refund", key="a", opened=5), Mark(kind="refund", key="a", closed=6)
    (mark,) = joined([closed], [opened])
    assert (mark.opened, mark.closed, mark.is_open) == (5, 6, False)
    (again,) = joined([mark], [Mark(kind="refund", key="a", opened=7)])
    assert again.is_open
