"""Free text loses what does something, and nothing else."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.domain.comment import clean


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Good.\r\n\r\nVery good.\r ", "Good.\n\nVery good."),
        ("a\x00b\x1b[31mc\x9bd\x7f", "ab[31mcd"),
        ("user\u202egnp.exe \u2067x\u2069", "usergnp.exe x"),
        ("\U0001f469\u200d\U0001f52c ok\t\u00e9", "\U0001f469\u200d\U0001f52c ok\t\u00e9"),
        ("\ud800half", "half"),
    ],
)
def test_examples(sent: str, kept: str) -> None:
    assert clean(sent) == kept


@given(st.text())
def test_what_is_kept_is_plain_and_stays_so(text: str) -> None:
    kept = clean(text)
    assert clean(kept) == kept
    kept.encode()
    assert {c for c in kept if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_ordinary_text_keeps_every_character(text: str) -> None:
    assert clean(text) == text.strip()
