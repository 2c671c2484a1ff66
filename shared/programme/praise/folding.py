"""Letters as they look: without accents, case, hidden characters and look-alikes."""

import unicodedata
from collections.abc import Mapping

PARAGRAPH = "\0"
"""Stands for the line ends between paragraphs, so that no phrase reaches over them."""

_LOOK_ALIKES = (
    # Cyrillic, Greek, Armenian, and small capitals, each above the letters that they pass for.
    ("АВЕЅІЈКМНОРСТУХаеѕіјкмнорстухвһԁԛԝӏ", "ABESIJKMHOPCTYXaesijkmhopctyxbhdqwl"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεηικμνορτυχγω", "ABEZHIKMNOPTYXabenikuvoptuxyw"),
    ("օսոհցքᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ounhgpabcdefghijklmnoprstuvwyz"),
    ("ıɩɡłøđħŧŁØĐ", "iiglodhtLOD"),
    ("’‘ʼ‛`´′", "'''''''"),
    ("‐‑‒–—―−", "-------"),
)
_ENCLOSED = ((0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))
"""First character and number of the letters A to Z in circles, squares and flags."""


def fold(text: str) -> tuple[str, list[int] | None]:
    """The folded text, and of each character in it where in `text` it comes from; None where that
    is the same place."""
    if text.isascii():
        return text.lower().replace("\n\n", PARAGRAPH * 2), None
    folded = [_FOLDED[char] for char in text]
    origins = [index for index, chars in enumerate(folded) for _ in chars]
    return "".join(folded).replace("\n\n", PARAGRAPH * 2), origins


def _looks() -> Mapping[int, str]:
    looks = {
        ord(char): letter
        for chars, letters in _LOOK_ALIKES
        for char, letter in zip(chars, letters, strict=True)
    }
    for first, count in _ENCLOSED:
        looks |= {first + index: chr(ord("a") + index) for index in range(count)}
    return looks


class _Folded(dict[str, str]):
    """What each character folds to, found out once."""

    def __missing__(self, char: str) -> str:
        plain = unicodedata.normalize("NFKD", char.translate(_LOOKS)).translate(_LOOKS)
        kept = (one for one in plain if unicodedata.category(one) not in {"Mn", "Me", "Cf"})
        folded = "".join(kept).casefold()
        self[char] = folded
        return folded


_LOOKS = _looks()
_FOLDED = _Folded()
