"""What a provider's answers mean."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.exchange import LONGEST_ASKED, Answer, retry_after
from services.notifier.channels.http.verdict import At, Meaning
from services.notifier.domain.delivery import Receipt
from tests.services.notifier.channels.making import NOW

CODES = At("/error/0/code", (21211, "gone", True))


def answered(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, body)


@pytest.mark.parametrize(
    ("status", "receipt"),
    [
        (200, Receipt("taken", "200")),
        (202, Receipt("taken", "202")),
        (302, Receipt("deferred", "302", "provider")),
        (400, Receipt("refused", "400")),
        (401, Receipt("deferred", "401", "provider")),
        (404, Receipt("deferred", "404", "provider")),
        (422, Receipt("refused", "422")),
        (429, Receipt("deferred", "429", "provider")),
        (500, Receipt("deferred", "500", "provider")),
        (503, Receipt("deferred", "503", "provider")),
    ],
)
def test_by_class(status: int, receipt: Receipt) -> None:
    assert Meaning().receipt(answered(status), NOW) == receipt


def test_as_the_file_says() -> None:
    meaning = Meaning(success=(202,), deferred=(420,), refused=(400,), bad_address=(404, CODES))
    assert meaning.receipt(answered(202), NOW) == Receipt("taken", "202")
    assert meaning.receipt(answered(200), NOW) == Receipt("uncertain", "200", "provider")
    assert meaning.receipt(answered(404), NOW) == Receipt("refused", "404", bad_address=True)
    later = Receipt("deferred", "420", "provider", timedelta(seconds=7))
    assert meaning.receipt(answered(420, retry_after="7"), NOW) == later
    body = b'{"error": [{"code": 21211, "more": "+40721000000"}]}'
    for status in (200, 400, 500):
        found = meaning.receipt(answered(status, body), NOW)
        assert found == Receipt("refused", "21211", bad_address=True)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[]", b'{"error": []}', b'{"error": [{"code": 1}]}', b"[" * 9000]
)
def test_a_body_that_says_nothing_known_leaves_the_status(body: bytes) -> None:
    assert Meaning(refused=(CODES,)).receipt(answered(500, body), NOW).code == "500"


def test_values_are_of_their_own_kind() -> None:
    meaning = Meaning(refused=(At("/code", (1,)),))
    for other in (b'{"code": true}', b'{"code": "1"}', b'{"code": 1.0}'):
        assert meaning.receipt(answered(200, other), NOW).result == "taken"


@given(st.text(max_size=40) | st.integers(-5, 10**12).map(str))
def test_any_retry_after_is_bounded(text: str) -> None:
    after = retry_after({"retry-after": text}, NOW)
    assert after is None or timedelta() <= after <= LONGEST_ASKED


def test_retry_after_as_seconds_or_date() -> None:
    assert retry_after({"retry-after": "30"}, NOW) == timedelta(seconds=30)
    date = {"retry-after": "Tue, 24 Nov 2026 12:02:00 GMT"}
    assert retry_after(date, NOW) == timedelta(minutes=2)
    assert retry_after({"retry-after": "Tue, 24 Nov 2026 11:00:00 GMT"}, NOW) == timedelta()
    assert retry_after({"retry-after": "9" * 5000}, NOW) == LONGEST_ASKED
