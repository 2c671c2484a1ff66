"""Ids: the same thing has the same one, another thing another."""

from hypothesis import given
from hypothesis import strategies as st

from services.feedback.domain.identity import identify
from tests.services.feedback.builders import make_invitation, make_ref

texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4)


@given(texts, texts)
def test_different_parts_make_different_ids(one: list[str], other: list[str]) -> None:
    assert (identify(*one) == identify(*other)) == (one == other)


def test_an_invitation_is_known_by_its_message_else_by_its_act() -> None:
    by_message = make_invitation(message_id="m-1", act=make_ref("1"))
    assert by_message.id == make_invitation(message_id="m-1", act=make_ref("2")).id
    by_act = make_invitation(message_id=None, act=make_ref("1"))
    ids = {
        by_message.id,
        by_act.id,
        make_invitation(message_id=None, act=make_ref("2")).id,
        make_invitation(message_id="m-2").id,
        make_invitation("c-2").id,
    }
    assert len(ids) == 5
