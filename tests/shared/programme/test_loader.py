"""A folder becomes one value, or all of its problems."""

import json
import shutil
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from shared.config import DEFAULT_PROGRAMME
from shared.contracts.relied_on import CORE
from shared.programme.loader import load
from shared.programme.model import Level, ScoredAct
from shared.programme.problems import ProgrammeInvalid
from shared.programme.thanks_rules import ThanksRule
from shared.programme.validation import KINDS, schema
from tests.shared.programme.small import FILES, Bench


def test_the_small_programme_as_values(bench: Bench) -> None:
    programme = load(bench.folder)
    settings, scoring = programme.settings, programme.scoring
    assert settings.exchange == {"EUR": 1, "GBP": Decimal("1.17"), "USD": Decimal("0.92")}
    assert settings.stale_after == timedelta(days=7)
    assert settings.shop_url is None
    assert scoring.landmark == datetime(2025, 1, 1, tzinfo=UTC)
    assert scoring.half_lives == {
        "commerce": timedelta(days=180),
        "community": timedelta(days=365),
    }
    assert scoring.acts == {
        "purchase": ScoredAct("commerce", Decimal(1), per_amount=Decimal(10)),
        "help": ScoredAct("community", Decimal("10.5")),
    }
    assert scoring.reversals == {"refund": "purchase"}
    assert scoring.levels == (Level("newcomer", Decimal(0)), Level("friend", Decimal(20)))
    assert programme.thanks == (
        ThanksRule("help", "help", ("help-thanks",), ("email",), None),
        ThanksRule(
            name="purchase",
            on="purchase",
            templates=("order-thanks",),
            channels=("email",),
            stale_after=timedelta(days=7),
            survey="order",
        ),
    )
    survey = programme.surveys["order"]
    assert (survey.scale.lowest, survey.scale.highest, survey.bad_at_most) == (0, 10, 6)
    assert survey.scale.high["fr"] == "très"
    assert ("fr", "order-thanks") in programme.templates
    assert programme.files == len(FILES)
    assert programme.acts.keys() == CORE.keys()
    assert programme.acts["help"].title == "Help"


def test_the_shop_opened_with_its_first_day_where_it_is(bench: Bench) -> None:
    assert load(bench.folder).settings.opened is None
    bench.replace("programme.yaml", "locale: en", "locale: en\nopened: 2019-03-01")
    assert load(bench.folder).settings.opened == datetime(2019, 2, 28, 23, 0, tzinfo=UTC)


def test_a_shop_may_open_within_a_year(bench: Bench) -> None:
    bench.replace("programme.yaml", "locale: en", "locale: en\nopened: 2027-06-01")
    assert load(bench.folder, date(2026, 6, 1)).settings.opened
    with pytest.raises(ProgrammeInvalid, match="9:1: /opened: lies more than a year ahead"):
        load(bench.folder, date(2026, 5, 31))


def test_the_value_is_frozen(bench: Bench) -> None:
    programme = load(bench.folder)
    with pytest.raises(FrozenInstanceError):
        programme.version = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        programme.scoring.acts["help"] = None  # type: ignore[index]
    with pytest.raises(TypeError):
        programme.acts["help"] = None  # type: ignore[index]


def test_stale_after_in_hours_and_minutes(bench: Bench) -> None:
    bench.replace("thanks/help.yaml", "never", "12h")
    bench.replace("programme.yaml", "locale: en", "locale: en\nstale_after: 30m")
    rules = {rule.name: rule.stale_after for rule in load(bench.folder).thanks}
    assert rules == {"help": timedelta(hours=12), "purchase": timedelta(minutes=30)}


def test_the_default_programme_is_clean_and_complete() -> None:
    programme = load(DEFAULT_PROGRAMME)
    thanked = {rule.on for rule in programme.thanks}
    assert thanked >= {"purchase", "referral", "recommendation", "help", "review", "answer"}
    used = {template for rule in programme.thanks for template in rule.templates} | {"layout"}
    assert {name for _, name in programme.templates} == used
    assert programme.scoring.half_lives.keys() == {"commerce", "advocacy", "community", "voice"}


def test_every_shipped_file_names_its_schema_for_the_editor() -> None:
    files = list(DEFAULT_PROGRAMME.rglob("*.yaml"))
    assert files
    for file in files:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        target = first.removeprefix("# yaml-language-server: $schema=")
        assert target != first, file
        named = json.loads((file.parent / target).read_text(encoding="utf-8"))
        rooms = {"acts": "act", "surveys": "survey", "segments": "segment", "circles": "circle"}
        kind = (rooms | {"thanks": "thanks", "channels": "channel"}).get(
            file.parent.name, file.stem
        )
        assert named == schema(kind)


def test_the_schemas_are_sound() -> None:
    from jsonschema import Draft202012Validator

    for kind in KINDS:
        Draft202012Validator.check_schema(schema(kind))


def test_all_problems_come_at_once_by_file_and_line(bench: Bench) -> None:
    bench.replace("thanks/help.yaml", "on: help", "on: hlep")
    bench.replace("thanks/help.yaml", "help-thanks", "other")
    bench.replace("scoring.yaml", "from: 20", "from: 0")
    bench.replace("surveys/order.yaml", "kind: nps", "kind: x")
    bench.replace("programme.yaml", "Berlin", "Berln")
    places = [line.split(" ")[0] for line in bench.problems()]
    assert places == [
        "programme.yaml:7:1:",
        "scoring.yaml:16:20:",
        "surveys/order.yaml:1:1:",
        "thanks/help.yaml:1:1:",
        "thanks/help.yaml:2:1:",
    ]


def test_the_version_follows_content_and_not_layout(bench: Bench) -> None:
    version = load(bench.folder).version
    assert len(version) == 12
    bench.replace("scoring.yaml", "levels:", "# bands of the score\n\nlevels:")
    bench.replace("thanks/help.yaml", "channels: [email]", "channels:\n  - email")
    assert load(bench.folder).version == version


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("programme.yaml", "1.17", "1.18"),
        ("scoring.yaml", "10.5", "10.6"),
        ("acts/help.yaml", "first brew", "second brew"),
        ("thanks/help.yaml", "never", "1d"),
        ("surveys/order.yaml", "bad_at_most: 6", "bad_at_most: 5"),
        ("templates/fr/order-thanks.txt.j2", "Merci de", "Un grand merci de"),
    ],
)
def test_the_version_changes_with_any_file(bench: Bench, file: str, old: str, new: str) -> None:
    before = load(bench.folder).version
    bench.replace(file, old, new)
    assert load(bench.folder).version != before


def test_the_version_does_not_depend_on_where_the_folder_is(bench: Bench, tmp_path: Path) -> None:
    copy = shutil.copytree(bench.folder, tmp_path / "elsewhere" / "copy")
    assert load(copy).version == load(bench.folder).version


def test_line_ends_and_byte_order_marks_do_not_matter(bench: Bench) -> None:
    before = load(bench.folder).version
    for name, text in FILES.items():
        raw = text.replace("\n", "\r\n").encode("utf-8-sig")
        (bench.folder / name).write_bytes(raw)
    assert load(bench.folder).version == before


def test_no_folder() -> None:
    with pytest.raises(ProgrammeInvalid, match="is no folder"):
        load(Path("nowhere"))


def test_missing_files(bench: Bench) -> None:
    (bench.folder / "programme.yaml").unlink()
    (bench.folder / "scoring.yaml").unlink()
    assert bench.problems() == [
        "programme.yaml:1:1: is missing",
        "scoring.yaml:1:1: is missing",
    ]


def test_a_file_that_would_be_ignored_is_told(bench: Bench) -> None:
    bench.write("scorring.yaml", "a: 1")
    bench.write("thanks/review.yml", "on: review")
    bench.write("templates/en/deep/x.txt.j2", "x")
    bench.write("templates/en/help.html.j2", "x")
    bench.write("README.md", "fine")
    bench.write(".hidden.yaml", "fine")
    assert [line[: line.index(" Did") if " Did" in line else 60] for line in bench.problems()] == [
        "scorring.yaml:1:1: is no part of a programme.",
        "templates/en/help.html.j2:1:1: is no part of a programme. A "[:60],
        "thanks/review.yml:1:1: is no part of a programme. A programme has"[:60],
    ]


def test_a_file_that_is_no_utf_8(bench: Bench) -> None:
    (bench.folder / "thanks/help.yaml").write_bytes(FILES["thanks/help.yaml"].encode() + b"# \xff")
    (bench.folder / "templates/fr/order-thanks.txt.j2").write_bytes(
        b"Subject: x\nAlso: y\n\nd\xe9j\xe0\n"
    )
    assert bench.problems() == [
        "templates/fr/order-thanks.txt.j2:4:1: is not UTF-8",
        "thanks/help.yaml:5:1: is not UTF-8",
    ]


def test_a_mounted_config_map_is_read(bench: Bench, tmp_path: Path) -> None:
    data = bench.folder.rename(tmp_path / "..2025_01_01")
    mount = tmp_path / "mount"
    mount.mkdir()
    (mount / "..data").symlink_to(data, target_is_directory=True)
    for entry in data.iterdir():
        (mount / entry.name).symlink_to(Path("..data") / entry.name, entry.is_dir())
    assert load(mount).files == len(FILES)
