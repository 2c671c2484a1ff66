"""Which links are made: whatever is asked, chains stay short and open, and holders keep theirs."""

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.events.domain.identity import Link, is_alias
from services.events.domain.linking import LONGEST_CHAIN, plan

SUBJECTS = [f"a:{n}" for n in range(8)]
LINKS = st.lists(
    st.builds(Link, st.sampled_from(SUBJECTS), st.sampled_from([*SUBJECTS, "c-1", "c-2"])),
    max_size=20,
)


def _end(alias: str, targets: Mapping[str, str]) -> tuple[str, int]:
    steps = 0
    while alias in targets:
        alias, steps = targets[alias], steps + 1
        assert steps <= LONGEST_CHAIN
    return alias, steps


def _made(links: Sequence[Link], known: Mapping[str, str], *, move: bool) -> dict[str, str]:
    planned = plan(links, known, move=move)
    assert planned.replaced == {
        link.alias: known[link.alias] for link in planned.made if link.alias in known
    }
    return {**known, **{link.alias: link.target for link in planned.made}}


@given(LINKS, LINKS, st.booleans())
def test_every_chain_ends_within_the_longest(
    before: list[Link], links: list[Link], move: bool
) -> None:
    known = _made(before, {}, move=False)
    after = _made(links, known, move=move)
    for alias in SUBJECTS:
        _end(alias, after)


@given(LINKS, LINKS)
def test_nobody_loses_an_alias_unasked(before: list[Link], links: list[Link]) -> None:
    known = _made(before, {}, move=False)
    after = _made(links, known, move=False)
    for alias in known:
        holder, _ = _end(alias, known)
        if not is_alias(holder):
            assert _end(alias, after)[0] == holder


@given(LINKS)
def test_what_was_made_is_no_news(links: list[Link]) -> None:
    planned = plan(links, {})
    known = {link.alias: link.target for link in planned.made}
    assert plan(planned.made, known).made == []
    assert set(planned.refused) <= set(links)


@given(LINKS, LINKS)
def test_one_after_another_comes_to_the_same_as_all_at_once(
    before: list[Link], links: list[Link]
) -> None:
    known = _made(before, {}, move=False)
    step_by_step = known
    refused: list[Link] = []
    for link in links:
        refused += plan([link], step_by_step).refused
        step_by_step = _made([link], step_by_step, move=False)
    planned = plan(links, known)
    assert _made(links, known, move=False) == step_by_step
    assert list(planned.refused) == refused
