"""Thanks in five languages, and texts that are none."""

import time

import pytest

from services.events.detectors.word_list import WordList, gratitude_of
from services.events.domain.thread import plain_text

WORDS = WordList()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Thanks, that worked!", "en"),
        ("It’s fixed. Many thanks to you", "en-GB"),
        ("Muchas gracias, ya funciona", "es"),
        ("Merci beaucoup, ça marche", "fr"),
        ("Vielen Dank, hat geklappt", "de-AT"),
        ("Muito obrigado, deu certo", "pt-BR"),
    ],
)
def test_thanks_in_every_language(text: str, language: str) -> None:
    assert WORDS.read(text, language).gratitude > 0.8
    assert WORDS.read(text).gratitude > 0.8
    assert WORDS.read(text, "xx").gratitude > 0.8


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks in advance",
        "gracias de antemano",
        "merci d'avance",
        "Danke im Voraus",
        "It is not solved",
        "hat nicht funktioniert",
        "no funciona",
        "ça ne marche pas",
        "thanksgiving is near",
        "Does this work if I turn it?",
    ],
)
def test_no_thanks(text: str) -> None:
    assert WORDS.read(text).gratitude < 0.5


def test_the_score_by_hand() -> None:
    # thanks +2, still -1, fewer than 20 words +1
    reading = WORDS.read("Thanks, it is still loud", "en")
    assert (reading.thankful, reading.doubtful) == (("thanks",), ("still",))
    assert reading.gratitude == pytest.approx(gratitude_of(2)) == pytest.approx(0.5)
    # more than 50 words -1
    long = "Thanks " + "word " * 60
    assert WORDS.read(long, "en").gratitude == pytest.approx(gratitude_of(1))


@pytest.mark.parametrize(
    "part", ["a", "<", ">", "&", "'", "a'", "thanks ", "\n>", "<blockquote", "[quote", " ", "’"]
)
def test_hostile_texts_take_bounded_time(part: str) -> None:
    text = part * (10**6 // len(part))
    start = time.process_time()
    WORDS.read(text)
    WORDS.read(plain_text(text))
    assert time.process_time() - start < 1.0
