"""Signatures over raw bytes."""

import hashlib
import hmac

import pytest

from shared.webhooks.delivery import SignatureRefused
from shared.webhooks.digests import check_hmac, check_time, from_base64, from_hex
from tests.services.events.builders import NOW

DIGEST = hmac.digest(b"k", b"body", hashlib.sha256)


def test_any_key_may_have_made_any_digest() -> None:
    check_hmac(b"body", [b"x", DIGEST], [b"other", b"k"])
    for digests, keys in (([DIGEST], []), ([], [b"k"]), ([b""], [b"k"]), ([DIGEST], [b"K"])):
        with pytest.raises(SignatureRefused):
            check_hmac(b"body", digests, keys)


def test_what_is_no_digest_is_refused() -> None:
    assert from_hex("00ff") == b"\x00\xff"
    assert from_base64("AP8=") == b"\x00\xff"
    for text in (None, "", "é", "0"):
        with pytest.raises(SignatureRefused):
            from_hex(text)
        with pytest.raises(SignatureRefused):
            from_base64(text)


@pytest.mark.parametrize("text", [None, "", "-1", "1e9", "٣", "9" * 13, "nan"])
def test_what_is_no_time_is_refused(text: str | None) -> None:
    with pytest.raises(SignatureRefused):
        check_time(text, NOW)


@pytest.mark.parametrize("off", [-300, 0, 300])
def test_the_edge_of_the_tolerance_is_inside(off: int) -> None:
    now = int(NOW.timestamp())
    check_time(str(now + off), NOW)
    with pytest.raises(SignatureRefused):
        check_time(str(now + (off + 1 if off >= 0 else off - 1) + (300 if off == 0 else 0)), NOW)
