"""Aliases of addresses and numbers."""

import hashlib
import hmac

import pytest

from services.events.domain.identity import check_alias
from services.events.domain.pseudonyms import Pseudonyms

ANA = Pseudonyms("key").email("ana@example.com")


def test_it_is_the_first_half_of_an_hmac() -> None:
    digest = hmac.new(b"key", b"ana@example.com", hashlib.sha256).hexdigest()
    assert f"email:{digest[:32]}" == ANA
    check_alias(ANA, "")


@pytest.mark.parametrize(
    "written", ["Ana@Example.COM", " ana@example.com\n", "ana＠example.com", "ａna@example.com"]
)
def test_one_address_however_it_is_written(written: str) -> None:
    assert Pseudonyms("key").email(written) == ANA


def test_other_addresses_numbers_and_keys_are_others() -> None:
    both = Pseudonyms("key")
    aliases = {
        ANA,
        both.email("ana@example.org"),
        both.email("ana.@example.com"),
        Pseudonyms("other").email("ana@example.com"),
        both.phone("+351912345678"),
        both.email("+351912345678"),
    }
    assert len(aliases) == 6
    assert both.phone(" +351912345678 ") == both.phone("+351912345678")


def test_of_what_is_known() -> None:
    assert Pseudonyms("key").of(None, None) == []
    assert Pseudonyms("key").of("ana@example.com", None) == [ANA]
    assert [one.split(":")[0] for one in Pseudonyms("key").of("a@b.example", "+351912345678")] == [
        "email",
        "phone",
    ]


def test_the_key_is_never_shown() -> None:
    assert "secret" not in repr(Pseudonyms("secret"))
