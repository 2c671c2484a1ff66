"""Files of secrets."""

import os
from pathlib import Path

import pytest

from shared.errors import Unavailable
from shared.named_secrets import NamedSecrets


@pytest.fixture(params=["secrets.json", "secrets.yaml"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / "data" / str(request.param)


def test_new_and_old_count_until_the_old_are_retired(file: Path) -> None:
    secrets, elsewhere = NamedSecrets(file), NamedSecrets(file)
    assert secrets.of("shop") == ()
    for secret in ("a", "b: {[\"'é", "a", "c"):
        elsewhere.add("shop", secret)
    elsewhere.add("pay", "x")
    assert secrets.of("shop") == ("c", "a", "b: {[\"'é")
    assert elsewhere.retire_old("shop") == 2
    assert (secrets.of("shop"), secrets.of("pay")) == (("c",), ("x",))
    assert elsewhere.retire_old("shop") == 0
    assert elsewhere.retire_old("nobody") == 0
    file.unlink()
    assert secrets.of("shop") == ()


def test_nobody_else_may_read_it(file: Path) -> None:
    NamedSecrets(file).add("shop", "a")
    assert file.stat().st_mode & 0o777 == 0o600


def test_one_secret_or_a_list_in_yaml_or_json(tmp_path: Path) -> None:
    file = tmp_path / "secrets.yml"
    file.write_text("shop: one\npay: [new, old]\nnone: []\nempty: ''\n", encoding="utf-8")
    assert NamedSecrets(file).all() == {
        "shop": ("one",),
        "pay": ("new", "old"),
        "none": (),
        "empty": (),
    }


@pytest.mark.parametrize("text", ["{", "[1]", '{"shop": 1}', '{"shop": [null]}', "\x00"])
def test_a_damaged_file_is_told_from_none(file: Path, text: str) -> None:
    secrets = NamedSecrets(file)
    secrets.add("shop", "a")
    good = file.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    for _ in range(2):
        with pytest.raises(Unavailable):
            secrets.of("shop")
        with pytest.raises(Unavailable):
            secrets.add("shop", "b")
    file.write_text(good, encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert secrets.of("shop") == ("a",)
