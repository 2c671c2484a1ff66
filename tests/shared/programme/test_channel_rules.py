"""channels/<name>.yaml: how a provider's webhook is read, and what is wrong with it, by line."""

import pytest

from shared.programme.channel_rules import BounceRules
from shared.programme.loader import load
from shared.programme.problems import ProgrammeInvalid
from shared.webhooks.signature import Signature
from tests.shared.programme.small import Bench

FILE = "channels/post.yaml"
GOOD = """\
adapter: email
bounces:
  signature: {scheme: hmac-sha256, header: X-Signature}
  kind: /event
  kinds: {bounce: hard}
  hard_where: {/type: permanent, /final: true}
  address: /to
"""


def test_a_channel_says_how_to_read_its_provider(bench: Bench) -> None:
    bench.write(FILE, GOOD)
    bench.write("channels/other.yaml", "adapter: inbox\n")
    channels = load(bench.folder).channels
    assert channels["other"].bounces is None
    assert channels["post"].bounces == BounceRules(
        Signature("hmac-sha256", "X-Signature"),
        "/event",
        {"bounce": "hard"},
        address="/to",
        hard_where={"/type": "permanent", "/final": True},
    )


def test_what_is_read_is_frozen(bench: Bench) -> None:
    bench.write(FILE, GOOD)
    rules = load(bench.folder).channels["post"].bounces
    assert rules is not None
    with pytest.raises(TypeError):
        rules.kinds["more"] = "soft"  # type: ignore[index]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("/to", "to", "7:3: /bounces/address: must be a JSON Pointer (RFC 6901), such as"),
        ("/to", "/a~2b", "7:3: /bounces/address: must be a JSON Pointer"),
        ("  address: /to\n", "", "2:1: /bounces: must have message_id or address, which say"),
        ("  kind: /event\n", "", "2:1: /bounces: 'kind' is missing"),
        ("bounce: hard", "bounce: bad", "/bounces/kinds/bounce: must be one of hard, soft"),
        ("{bounce: hard}", "{}", "5:3: /bounces/kinds: must not be empty"),
        ("/type: perm", "type: perm", "/bounces/hard_where/type: the key must be a JSON Pointer"),
        (", header: X-Signature", "", "3:3: /bounces/signature: 'header' is missing"),
        ("hmac-sha256", "hmac", "/bounces/signature/scheme: must be one of hmac-sha256, stand"),
        ("address: /to", "adress: /to", "7:3: /bounces/adress: unknown key. Did you mean 'add"),
    ],
)
def test_problems_have_their_line(bench: Bench, old: str, new: str, problem: str) -> None:
    assert old in GOOD
    bench.write(FILE, GOOD.replace(old, new))
    with pytest.raises(ProgrammeInvalid) as caught:
        load(bench.folder)
    assert problem in str(caught.value)
