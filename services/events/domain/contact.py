"""What an e-mail address and a phone number look like."""

import re

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,253}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


def is_email_address(text: str) -> bool:
    """Whether a mail can be sent to `text` without it saying something else in a header."""
    domain = text.rpartition("@")[2]
    return (
        len(text) <= 254
        and _EMAIL.fullmatch(text) is not None
        and ".." not in text
        and domain.strip(".-") == domain
    )


def is_phone_number(text: str) -> bool:
    """Whether `text` is a number as E.164 writes it: `+351912345678`."""
    return _PHONE.fullmatch(text) is not None
