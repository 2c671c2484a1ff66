"""What an act holds beyond what its type asks for stops nobody's messages."""

import msgspec
import pytest

from tests.services.notifier.builders import PAYLOAD, customer_record, make_occasion, scored
from tests.services.notifier.parts import Letterbox, Parts
from tests.services.notifier.use_cases.looking import messages


@pytest.fixture
async def parts(parts: Parts) -> Parts:
    await parts.customers(customer_record(), customer_record("c-2"))
    return parts


def payload(number: str) -> bytes:
    """The payload of a purchase with a member `size` besides."""
    return msgspec.json.encode(PAYLOAD)[:-1] + f',"size":{number}}}'.encode()


async def thank(parts: Parts, number: str) -> None:
    """Two customers, the first for an act with that number."""
    odd = make_occasion("odd", data=payload(number))
    await parts.scored(scored(odd), scored(make_occasion("plain", "c-2")))
    await parts.send()


@pytest.mark.parametrize("number", ["1e99999999999999999999", "-1e-99999999999999999999"])
async def test_a_number_that_nobody_can_count_is_as_good_as_none(
    parts: Parts, box: Letterbox, number: str
) -> None:
    await thank(parts, number)
    assert {letter.customer for letter in box.letters} == {"c-1", "c-2"}


async def test_numbers_that_would_take_for_ever_are_left_out(parts: Parts) -> None:
    source = "Subject: Thanks\n\n{% if act.size %}{{ act.size | int }}{% endif %}Thank you.\n"
    parts.templates["en", "order-thanks"] = source
    await thank(parts, "1e999999999")
    assert [one.status for one in await messages(parts)] == ["sent"]


async def test_a_payload_that_cannot_be_read_fails_alone(parts: Parts, box: Letterbox) -> None:
    await thank(parts, "9" * 5000)
    (message,) = await messages(parts)
    assert (message.status, message.code) == ("failed", "template_failed")
    assert [letter.customer for letter in box.letters] == ["c-2"]
