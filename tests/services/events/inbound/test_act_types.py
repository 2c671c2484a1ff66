"""The published catalogue, and an act that a shop added in YAML alone."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from shared.config import DEFAULT_PROGRAMME
from tests.services.events.inbound.running import Running, make_json, open_running
from tests.shipped import programme

TYPES = "/v1/events/types"
OWN = """\
title: Tasting hosted
description: The customer had guests for a tasting.
payload:
  type: object
  required: [guests]
  properties:
    guests: {type: integer, minimum: 1}
example: {guests: 5}
"""


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """With a programme that has an act of the shop's own."""
    folder = shutil.copytree(DEFAULT_PROGRAMME, tmp_path / "programme")
    (folder / "acts" / "tasting_hosted.yaml").write_text(OWN, encoding="utf-8")
    async with open_running(tmp_path / "data", programme_dir=folder) as opened:
        yield opened


async def test_every_type_is_published_as_enforced(running: Running) -> None:
    answer = await running.client.get(TYPES)
    assert answer.status_code == 200
    types = {one["name"]: one for one in answer.json()["data"]}
    assert types.keys() == programme().acts.keys() | {"tasting_hosted"}
    for name, act in programme().acts.items():
        assert types[name]["type"] == f"io.requite.act.{name}.v1"
        assert types[name]["schema"] == act.schema
        assert Draft202012Validator(types[name]["schema"]).is_valid(types[name]["example"])
        assert "channel" in types[name]["schema"]["properties"]


async def test_one_type_by_its_name(running: Running) -> None:
    answer = await running.client.get(f"{TYPES}/tasting_hosted")
    assert answer.json() == {
        "name": "tasting_hosted",
        "type": "io.requite.act.tasting_hosted.v1",
        "title": "Tasting hosted",
        "description": "The customer had guests for a tasting.",
        "schema": answer.json()["schema"],
        "example": {"guests": 5},
    }
    assert (await running.client.get(f"{TYPES}/tasting")).status_code == 404


@pytest.mark.parametrize("path", [TYPES, f"{TYPES}/purchase"])
async def test_who_has_it_already_is_told_so(running: Running, path: str) -> None:
    first = await running.client.get(path)
    tag = first.headers["ETag"]
    assert "max-age" in first.headers["Cache-Control"]
    for asked in (tag, f'"other", W/{tag}'):
        again = await running.client.get(path, headers={"If-None-Match": asked})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    other = await running.client.get(path, headers={"If-None-Match": '"other"'})
    assert other.content == first.content


async def test_a_key_without_the_scope_reads_nothing(running: Running) -> None:
    key = running.infrastructure.keys.create("reader", ["scores:read"])
    headers = {"Authorization": f"Bearer {key}"}
    assert (await running.client.get(TYPES, headers=headers)).status_code == 403


async def test_an_act_of_the_shop_goes_in_and_what_does_not_fit_is_kept(running: Running) -> None:
    sent = [
        make_json(id="1", type="io.requite.act.tasting_hosted.v1", data={"guests": 5, "x": []}),
        make_json(id="2", type="io.requite.act.tasting_hosted.v1", data={"guests": 0}),
        make_json(id="3", type="io.requite.act.tasting_hostd.v1", data={"guests": 5}),
    ]
    answer = await running.post(sent)
    assert answer.status_code == 207
    assert answer.json()["accepted"] == 1
    refused = answer.json()["rejected"]
    assert [(one["index"], one["pointer"]) for one in refused] == [
        (1, "/data/guests"),
        (2, "/type"),
    ]
    assert refused[1]["reason"].endswith("Did you mean 'io.requite.act.tasting_hosted.v1'?")
    (act,) = await running.acts(1)
    assert (act.id, act.data) == ("1", b'{"guests":5,"x":[]}')
    kept = (await running.client.get("/v1/events/quarantine")).json()["data"]
    assert {one["event_id"] for one in kept} == {"2", "3"}
