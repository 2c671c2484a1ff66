"""Who an id stands for, through chains and circles."""

from hypothesis import given
from hypothesis import strategies as st

from shared.merging import family_of, survivor_of

IDS = "abcdef"
REDIRECTS = st.dictionaries(st.sampled_from(IDS), st.sampled_from(IDS))


def test_a_chain_ends_at_the_survivor() -> None:
    merged_into = {"a": "b", "b": "c", "d": "c", "x": "y"}
    assert {id: survivor_of(id, merged_into) for id in "abcdxz"} == {
        **dict.fromkeys("abcd", "c"),
        "x": "y",
        "z": "z",
    }
    assert family_of("a", merged_into) == family_of("c", merged_into) == set("abcd")
    assert family_of("z", merged_into) == {"z"}


def test_all_who_lead_to_a_circle_stand_for_the_least_in_it() -> None:
    merged_into = {"a": "c", "c": "d", "d": "b", "b": "c"}
    assert {survivor_of(id, merged_into) for id in "abcd"} == {"b"}
    assert survivor_of("a", {"a": "a"}) == "a"


def test_a_long_chain_is_no_trouble() -> None:
    merged_into = {str(n): str(n + 1) for n in range(5000)}
    assert survivor_of("0", merged_into) == "5000"


@given(REDIRECTS)
def test_every_id_has_one_survivor_and_one_family(merged_into: dict[str, str]) -> None:
    for id in IDS:
        survivor = survivor_of(id, merged_into)
        assert survivor_of(survivor, merged_into) == survivor
        assert survivor_of(merged_into.get(id, id), merged_into) == survivor
        family = family_of(id, merged_into)
        assert family == {one for one in IDS if survivor_of(one, merged_into) == survivor}
