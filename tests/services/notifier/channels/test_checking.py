"""Channels from the files of a programme."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.notifier.channels.checking import make_channels
from services.notifier.domain.delivery import RETRY_AFTER
from services.notifier.domain.policy import Route
from shared.config import DEFAULT_PROGRAMME
from shared.programme.problems import ProgrammeInvalid
from tests.services.notifier.channels.files import programme_with
from tests.services.notifier.channels.making import make_letter, make_setup


async def test_the_shipped_ones_can_be_made(tmp_path: Path) -> None:
    shipped = {
        file.stem: file.read_text(encoding="utf-8")
        for file in (DEFAULT_PROGRAMME / "channels").glob("*.yaml")
    }
    programme = programme_with(tmp_path / "programme", **shipped)
    channels = make_channels(programme, make_setup(private=False))
    assert {"email", "inbox", "print"} <= channels.keys()
    for channel in channels.values():
        assert channel.schedule
        await channel.close()


async def test_inbox_and_print_take_what_is_in_the_store(tmp_path: Path) -> None:
    texts = {name: f"adapter: {name}\n" for name in ("inbox", "print")}
    channels = make_channels(programme_with(tmp_path / "programme", **texts), make_setup())
    for name in ("inbox", "print"):
        channel = channels[name]
        route = Route(name, "customer", needs_consent=False, disturbs=False)
        assert channel.route == replace(route, carries_links=name == "inbox")
        assert (channel.idempotent, channel.schedule) == (True, RETRY_AFTER)
        assert (await channel.hand_over(make_letter())).result == "taken"
    without = await channels["print"].hand_over(make_letter(order=None))
    assert (without.result, without.code) == ("refused", "no_order")
    assert (await channels["inbox"].hand_over(make_letter(order=None))).result == "taken"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "adapter: inbox\n",
            "channels/way.yaml:1:1: /options: this channel must be called inbox",
        ),
        (
            "adapter: webhok\n",
            "channels/way.yaml:1:1: /adapter: no such adapter. Did you mean 'webhook'? One of ",
        ),
        (
            "adapter: webhook\noptions:\n  url: http://10.0.0.1/\n",
            "channels/way.yaml:3:1: /options/url: must begin with https://",
        ),
        (
            "adapter: webhook\noptions: {}\n",
            "channels/way.yaml:2:1: /options: Object missing required field",
        ),
        ("adapter: webhook\n", "channels/way.yaml:1:1: /options: Object missing required field"),
        (
            "adapter: inbox\noptions:\n  colour: red\n",
            "channels/way.yaml:2:1: /options: Object contains unknown field",
        ),
        (
            "adapter: http\noptions:\n  url: https://s.example/\n  json:\n    a:\n      - '{te}'\n",
            "channels/way.yaml:6:1: /options/json/a/0: no such placeholder here. Did you",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    programme = programme_with(tmp_path / "programme", way=text)
    with pytest.raises(ProgrammeInvalid) as fault:
        make_channels(programme, make_setup(private=False))
    (told,) = fault.value.problems
    assert str(told).removeprefix(f"{tmp_path}/programme/").startswith(problem)
