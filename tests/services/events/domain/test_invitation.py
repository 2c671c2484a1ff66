"""Codes and the cap."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.domain.invitation import CODE, Invitation, link_to, make_code
from shared.programme.model import Allowance
from tests.services.events.builders import NOW

CAP = Allowance(2, timedelta(days=10))
INVITATION = Invitation("k000000001", "c-1", NOW)


@given(st.uuids())
def test_a_code_is_short_and_can_be_read_aloud(uuid: object) -> None:
    assert CODE.fullmatch(make_code(str(uuid).replace("-", "")))


def test_codes_follow_the_random_part_of_an_id() -> None:
    ids = [f"{number:032x}" for number in range(1000)]
    assert len({make_code(one) for one in ids}) == 1000


@pytest.mark.parametrize("code", ["", "../../evil", "k00000000l", "K000000001", "k0000000011"])
def test_nothing_but_a_code_gets_into_a_link(code: str) -> None:
    with pytest.raises(ValueError, match="code"):
        link_to("https://shop.example/?ref={code}", code)


def test_places_under_the_cap_are_taken_once_and_come_back() -> None:
    one = INVITATION.reserve("a", CAP, NOW)
    assert one is not None
    assert one.reserve("a", CAP, NOW) == one
    two = one.reserve("b", CAP, NOW + timedelta(days=1))
    assert two is not None
    assert two.reserve("c", CAP, NOW + timedelta(days=9, hours=23)) is None
    assert two.release("a").reserve("c", CAP, NOW) is not None
    later = two.reserve("c", CAP, NOW + timedelta(days=10))
    assert later is not None
    assert [taken for taken, _ in later.confirmed] == ["b", "c"]
