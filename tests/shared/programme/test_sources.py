"""sources/<name>.yaml: what becomes of it, and what is wrong with it, by line."""

import pytest

from shared.programme.loader import load
from tests.shared.programme.small import Bench

FORUM = "sources/forum.yaml"
DESK = """\
connector: mapping
options:
  signature: {scheme: hmac-sha256, header: X-Signature, prefix: "sha256="}
  mapping:
    acts:
      - type: help
        id: /ticket/id
"""


def write(bench: Bench, file: str, text: str) -> None:
    path = bench.folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_programme_without_sources_has_none(bench: Bench) -> None:
    assert load(bench.folder).sources == {}


def test_a_source_is_a_value(bench: Bench) -> None:
    write(bench, FORUM, "connector: discourse\noptions: {external_id: customer}\n")
    write(bench, "sources/repo.yaml", "connector: github\n")
    sources = load(bench.folder).sources
    assert {name: source.connector for name, source in sources.items()} == {
        "forum": "discourse",
        "repo": "github",
    }
    assert sources["forum"].options == {"external_id": "customer"}
    assert sources["repo"].options == {}
    with pytest.raises(TypeError):
        sources["forum"].options["external_id"] = "other"  # type: ignore[index]


def test_options_are_frozen_throughout_and_know_their_lines(bench: Bench) -> None:
    write(bench, "sources/desk.yaml", DESK)
    desk = load(bench.folder).sources["desk"]
    assert desk.options["signature"]["scheme"] == "hmac-sha256"
    assert desk.options["mapping"]["acts"] == ({"type": "help", "id": "/ticket/id"},)
    assert desk.lines["/options/mapping/acts/0/id"] == 7
    with pytest.raises(TypeError):
        desk.options["mapping"]["acts"][0]["id"] = "x"


def test_the_version_changes_with_a_source(bench: Bench) -> None:
    before = load(bench.folder).version
    write(bench, FORUM, "connector: discourse\n")
    assert load(bench.folder).version != before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("options: {}\n", "1:1: 'connector' is missing"),
        ("connector: discorse\n", "1:1: /connector: must be one of shopify, "),
        ("connector: discorse\n", "Did you mean 'discourse'?"),
        ("connector: discourse\noption: {}\n", "2:1: /option: unknown key. Did you mean 'options'"),
        ("connector: github\noptions: []\n", "2:1: /options: must be a mapping of keys"),
        (
            "connector: discourse\noptions:\n  externalid: customer\n",
            "3:3: /options/externalid: unknown key. Did you mean 'external_id'?",
        ),
        (
            "connector: discourse\noptions:\n  external_id: shop\n",
            "3:3: /options/external_id: must be what a single sign-on id is: customer, or the",
        ),
        (
            "connector: typeform\noptions:\n  act: survey\n",
            "3:3: /options/act: must be one of survey_answer, review, complaint. Did you mean",
        ),
        ("connector: mapping\n", "1:1: 'options' is missing"),
        ("connector: mapping\noptions: {mapping: {}}\n", "2:1: /options: 'signature' is missing"),
        (
            "connector: mapping\noptions:\n  signature: {scheme: token}\n  mapping: {}\n",
            "3:3: /options/signature: 'header' is missing",
        ),
        (
            "connector: mapping\noptions:\n  signature: {scheme: md5}\n  mapping: {}\n",
            "3:15: /options/signature/scheme: must be one of hmac-sha256, standard-webhooks, token",
        ),
        (
            "connector: mapping\noptions:\n  signature: {scheme: token, header: 'a b'}\n"
            "  mapping: {}\n",
            "3:30: /options/signature/header: must be the name of an HTTP header",
        ),
    ],
)
def test_a_fault_has_its_line(bench: Bench, text: str, expected: str) -> None:
    write(bench, FORUM, text)
    assert any(line.startswith(f"{FORUM}:") and expected in line for line in bench.problems()), (
        bench.problems()
    )


def test_a_name_that_can_stand_in_an_address(bench: Bench) -> None:
    write(bench, "sources/My_Shop.yaml", "connector: shopify\n")
    (problem,) = bench.problems()
    assert problem.startswith("sources/My_Shop.yaml:1:1: is no part of a programme.")
    assert "sources/<name>.yaml" in problem
