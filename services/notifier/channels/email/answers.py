"""What an answer of a mail server says of a mail (RFC 5321, section 4.2; codes: RFC 3463)."""

import re
from typing import Protocol

from services.notifier.domain.delivery import Receipt

_ENHANCED = re.compile(r"([245])\.\d{1,3}\.\d{1,3}(?!\S)")
_NO_SUCH_ADDRESS = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
_MAILBOX_NAME_NOT_ALLOWED = 553
_NOT_AVAILABLE = {421, 454}
_LOCAL_ERROR = 451


class Answer(Protocol):
    """A reply: three digits and a text, which may repeat an address and so is never kept."""

    @property
    def code(self) -> int: ...
    @property
    def message(self) -> str: ...


def is_yes(answer: Answer) -> bool:
    """2xx."""
    return 200 <= answer.code < 300


def code_of(answer: Answer) -> str:
    """Such as `550 5.1.1`, or `550` where the server says no more."""
    enhanced = _enhanced(answer)
    return f"{answer.code} {enhanced}" if enhanced else str(answer.code)


def on_connection(answer: Answer) -> Receipt:
    """No to the greeting, EHLO, login or MAIL: not this mail's fault, whatever the code."""
    return Receipt("deferred", code_of(answer), fault="provider")


def on_recipient(answer: Answer) -> Receipt:
    """No to RCPT, DATA or the text: 4xx asks to try again, 5xx not to."""
    if _is_permanent(answer):
        return Receipt("refused", code_of(answer), bad_address=_is_bad_address(answer))
    return Receipt(
        "deferred", code_of(answer), fault="provider" if _is_of_server(answer) else "message"
    )


def _is_permanent(answer: Answer) -> bool:
    return 500 <= answer.code < 600


def _is_bad_address(answer: Answer) -> bool:
    """A 550 without more may be a policy (5.7.x) as well, which says nothing of the address."""
    enhanced = _enhanced(answer)
    if enhanced is None:
        return answer.code == _MAILBOX_NAME_NOT_ALLOWED
    return enhanced in _NO_SUCH_ADDRESS


def _is_of_server(answer: Answer) -> bool:
    """It closes, it is too busy, or we are too fast; greylisting (450 4.x) is about one mail."""
    enhanced = _enhanced(answer) or ""
    return (
        not 400 <= answer.code < 500
        or answer.code in _NOT_AVAILABLE
        or enhanced.startswith("4.3.")
        or (answer.code == _LOCAL_ERROR and enhanced.startswith("4.7."))
    )


def _enhanced(answer: Answer) -> str | None:
    found = _ENHANCED.match(answer.message)
    return found[0] if found and found[1] == str(answer.code)[0] else None
