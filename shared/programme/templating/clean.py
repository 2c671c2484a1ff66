"""What no text to a customer may contain, whoever it came from."""

import re

# The general categories Cc, Cs, Zl and Zp of Unicode, as they are for good.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
# Embeddings, overrides and isolates (UAX #9, section 2) reorder what stands around; and the byte
# order mark.
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")


def one_line(text: str) -> str:
    """With every run of white space and control characters as one space."""
    return " ".join(_HIDDEN.sub("", _CONTROL.sub(" ", text)).split())


def printable(text: str) -> str:
    """Without control characters but line ends, tabs as spaces, and no space at line ends."""
    return "\n".join(map(_printable_line, text.splitlines()))


def _printable_line(line: str) -> str:
    return _HIDDEN.sub("", _CONTROL.sub("", line.expandtabs(4))).rstrip()
