"""Short messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.http.shortening import ELLIPSIS, shorten

LINK = "https://shop.example/s/abc"

words = st.text("abcdefgh,.é", min_size=1, max_size=12)
links = st.integers(0, 10**9).map(lambda number: f"https://s.example/{number}")
texts = st.lists(st.one_of(words, words, words, links, st.just("\n\n")), max_size=40).map(" ".join)


@given(texts, st.integers(20, 200))
def test_never_longer_and_no_link_is_cut(text: str, most: int) -> None:
    short = shorten(text, most)
    assert len(short) <= most
    whole = text.split()
    for word in short.split():
        assert word in whole or word.endswith(ELLIPSIS)
        if "https://" in word:
            assert word in whole
    if len(" ".join(whole)) <= most:
        assert short == " ".join(whole)


@given(texts, st.integers(100, 200))
def test_a_link_that_fits_is_told(text: str, most: int) -> None:
    told = [word for word in text.split() if word.startswith("https://")]
    if len(" ".join(told)) + len(" ...") + 12 <= most:
        assert [word for word in shorten(text, most).split() if word in told] == told


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("Dear Ana,\n\nthank you.", 40, "Dear Ana, thank you."),
        ("Thank you for the order of yesterday", 25, "Thank you for the..."),
        (f"Thank you for it all. Tell us: {LINK}", 45, f"Thank you for... {LINK}"),
        (f"{LINK} and quite some words more", 40, f"{LINK} and quite..."),
        (f"{LINK} incomprehensibilities", 32, f"{LINK} ..."),
        (f"Thanks {LINK}", 20, "Thanks..."),
        ("a" * 30, 20, "a" * 17 + "..."),
        ("", 20, ""),
    ],
)
def test_examples(text: str, most: int, short: str) -> None:
    assert shorten(text, most) == short
