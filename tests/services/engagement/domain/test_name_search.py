"""Which words a name is found by."""

from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain.name_search import is_found_by, leading_prefix, name_words


def test_words_are_those_of_any_script_without_case_and_marks_between() -> None:
    assert name_words("Dr. Ana-Maria O'Neill") == ["ana", "dr", "maria", "neill", "o"]
    assert name_words("Ｆｕｌｌ width") == ["full", "width"]
    assert name_words("李 小龙") == ["小龙", "李"]
    assert name_words("…") == name_words(None) == []


@given(st.text(max_size=2000))
def test_few_short_words_come_of_any_text(text: str) -> None:
    words = name_words(text)
    assert len(words) <= 32
    assert all(0 < len(word) <= 64 for word in words)
    assert words == sorted(set(words))


@given(st.text(alphabet="aB ß-", max_size=12), st.text(alphabet="ab ß", min_size=1, max_size=4))
def test_a_name_is_found_by_exactly_one_word_or_none(name: str, sought: str) -> None:
    prefixes = name_words(sought)
    if not prefixes:
        return
    words = name_words(name)
    ways = [word for word in words if is_found_by(word, name, prefixes)]
    meant = all(any(word.startswith(one) for word in words) for one in prefixes)
    assert len(ways) == meant
    assert all(way.startswith(leading_prefix(prefixes)) for way in ways)
