"""Addresses: one or none, and never repeated in an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.email.address import (
    one_line,
    read_address,
    read_mailbox,
    read_sender,
    tagged,
)
from shared.errors import Invalid


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org, eve@example.org",
        "Ada <ada@example.org>",
        "ada @example.org",
        "ada@exa\x00mple.org",
        "ada@" + "x" * 80 + ".org",
        "ada@\ud800.org",
        "ada@example.org>",
        "a" * 65 + "@example.org",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_address(address)
    assert not address or address not in str(refused.value)


def test_a_domain_goes_in_ascii_and_a_local_part_as_it_is() -> None:
    assert read_address("ada@bücher.example").addr_spec == "ada@xn--bcher-kva.example"
    assert read_address("zoë@example.org").addr_spec == "zoë@example.org"


def test_a_sender_may_have_no_name_but_is_ascii() -> None:
    assert str(read_sender("thanks@localhost")) == "thanks@localhost"
    with pytest.raises(Invalid, match="not an e-mail address"):
        read_sender("The Corner Shop")
    with pytest.raises(Invalid, match="ASCII"):
        read_sender("Zoë <zoë@shop.example>")


def test_a_tag_fits_into_a_mailbox() -> None:
    longest = "x" * 31 + "@shop.example"
    assert (
        read_address(tagged(read_mailbox(longest), "0" * 32)).username == "x" * 31 + "+" + "0" * 32
    )
    with pytest.raises(Invalid, match="at most 31 characters"):
        read_mailbox("x" + longest)


@given(st.text())
def test_a_name_is_one_line_that_can_be_encoded(text: str) -> None:
    line = one_line(text)
    assert line.splitlines() in ([], [line])
    line.encode()
    assert one_line(line) == line
