"""`requite import` as a person calls it."""

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from services.commands.history_import import app
from services.events.domain.pseudonyms import Pseudonyms
from services.events.mapping.parser import parse_mapping
from shared.contracts.acts import PURCHASE, REFUND
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.topics import ACTS
from shared.messaging.kafka_log import KafkaOptions, open_kafka_log
from tests.servers.kafka import Kafka
from tests.services.commands.target import KEY, Target, running_target

ROOT = Path(__file__).parents[3]
SAMPLES = Path(__file__).parent / "samples"
SHELF = ROOT.parent / "shared" / "data" / "purchases" / "online_retail_dev.csv"
HEADER = "order_id,ordered_at,customer_id,total,currency\n"


@pytest.fixture
def target() -> Iterator[Target]:
    with running_target() as target:
        yield target


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current directory, and no settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in ("REQUITE_API_KEY", "REQUITE_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUITE_PSEUDONYM_KEY", "key")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def call(*arguments: object) -> Result:
    """The command with these arguments."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def told(text: str) -> list[list[str]]:
    """The cells of the rows of all tables."""
    rows = (line for line in text.splitlines() if line.startswith("│"))
    return [[cell.strip() for cell in row.strip("│").split("│")] for row in rows]


def events_of(target: Target) -> list[tuple[str, str, str, str]]:
    """Id, customer, time and total of what came in, in order of time."""
    return sorted(
        (
            (str(e["id"]), str(e["subject"]), str(e["time"]), e["data"]["total"])  # type: ignore[index]
            for e in target.events.values()
        ),
        key=lambda event: (event[2], event[0]),
    )


needs_shelf = pytest.mark.skipif(not SHELF.exists(), reason=f"{SHELF.name} is not on the shelf")


@needs_shelf
def test_the_truths_of_a_real_shop_in_a_dry_run() -> None:
    result = call(SHELF, "--map", "online-retail", "--dry-run")
    assert result.exit_code == 0
    assert told(result.stdout) == [
        ["purchase", "1,137", "706,102.79", "GBP"],
        ["refund", "226", "-27,560.22", "GBP"],
        ["net", "", "678,542.57", "GBP"],
        ["taken", "1,363", "23,860"],
        ["left out: without customer", "43", "1,535"],
        ["read", "", "25,395"],
    ]
    assert "220 customers, from 2010-12-01 to 2011-12-09" in result.stdout
    assert list(Path().iterdir()) == []


@needs_shelf
def test_the_truths_of_a_real_shop_sent_twice_and_shuffled(target: Target, tmp_path: Path) -> None:
    header, *lines = SHELF.read_text("utf-8").splitlines(keepends=True)
    shuffled = tmp_path / "shuffled.csv"
    random.Random(11).shuffle(lines)
    shuffled.write_text(header + "".join(lines), "utf-8")
    first: dict[str, dict[str, object]] = {}
    for file in (SHELF, SHELF, shuffled):
        result = call(file, "--map", "online-retail", "--url", target.url, "--key", KEY)
        assert result.exit_code == 0, result.output
        first = first or dict(target.events)
        assert target.events == first
    assert len({event["subject"] for event in target.events.values()}) == 220
    assert target.sum(PURCHASE) == Decimal("706102.79")
    assert target.sum(REFUND) == Decimal("27560.22")
    assert set(target.sent.values()) == {3}


def test_shopify(target: Target) -> None:
    file = SAMPLES / "shopify_orders.csv"
    result = call(file, "--map", "shopify-orders", "--url", target.url, "--key", KEY)
    assert result.exit_code == 0, result.output
    events = events_of(target)
    assert [(e[0], e[2], e[3]) for e in events] == [
        ("order-#1001", "2026-03-01T15:14:58Z", "45.00"),
        ("order-#1002", "2026-03-02T13:00:00Z", "60.00"),
        ("refund-#1002", "2026-03-02T13:00:00Z", "12.50"),
        ("order-#1005", "2026-03-05T17:00:00Z", "5.00"),
        ("refund-#1005", "2026-03-05T17:00:00Z", "5.00"),
    ]
    assert len({e[1] for e in events}) == 2
    assert all(re.fullmatch("email:[0-9a-f]{32}", e[1]) for e in events)
    assert "5 of them wait until somebody is known by their alias" in result.stdout
    assert target.events["refund-#1002"]["data"] == {
        "order_id": "#1002",
        "total": "12.50",
        "currency": "USD",
    }
    assert "shop.example" not in json.dumps(target.events)
    rows = told(result.stdout)
    assert ["left out: not paid", "1", "1"] in rows
    assert ["left out: without customer", "1", "1"] in rows


def test_woocommerce(target: Target) -> None:
    file = SAMPLES / "woocommerce_orders.csv"
    result = call(file, "--map", "woocommerce-orders", "--url", target.url, "--key", KEY)
    assert result.exit_code == 0, result.output
    events = events_of(target)
    assert [(e[0], e[2], e[3]) for e in events] == [
        ("order-701", "2026-02-01T09:00:12Z", "44.90"),
        ("order-702", "2026-02-02T10:31:00Z", "19.00"),
        ("refund-702", "2026-02-02T10:31:00Z", "4.00"),
        ("order-704", "2026-02-04T11:00:09Z", "30.00"),
        ("refund-704", "2026-02-04T11:00:09Z", "30.00"),
    ]
    assert target.events["order-701"]["subject"] == "17"
    assert str(target.events["order-702"]["subject"]).startswith("email:")


def test_a_plain_file(target: Target) -> None:
    file = SAMPLES / "orders.csv"
    assert call(file, "--map", "orders-csv", "--url", target.url, "--key", KEY).exit_code == 0
    assert events_of(target) == [
        ("order-9001", "c-1", "2026-01-05T10:00:00Z", "12.50"),
        ("order-9002", "c-2", "2026-01-06T00:00:00Z", "80.00"),
        ("order-9003", "c-1", "2026-01-07T07:00:00Z", "3000"),
        ("refund-9002", "c-2", "2026-01-20T00:00:00Z", "20.00"),
    ]


def test_rejects_go_to_a_file_and_the_exit_code_says_so(target: Target) -> None:
    Path("orders.csv").write_text(
        HEADER + "1,2026-01-05,c-1,12.50,EUR\n2,soon,c-1,1,EUR\n", "utf-8"
    )
    arguments = ("orders.csv", "--map", "orders-csv", "--url", target.url, "--key", KEY)
    result = call(*arguments)
    assert result.exit_code == 1
    assert list(target.events) == ["order-1"]
    assert Path("orders.rejects.csv").read_text("utf-8-sig").splitlines() == [
        "line,reason,order_id,ordered_at,customer_id,total,currency",
        "3,ordered_at: not a time in the format that the mapping names,2,soon,c-1,1,EUR",
    ]
    assert "orders.rejects.csv" in result.stdout
    Path("orders.csv").write_text(HEADER + "2,2026-01-05,c-1,1,EUR\n", "utf-8")
    assert call(*arguments).exit_code == 0
    assert not Path("orders.rejects.csv").exists()


def test_a_dry_run_tells_of_rejects_and_sends_nothing() -> None:
    Path("orders.csv").write_text(HEADER + "1,2026-01-05,c-1,1.2.3,EUR\n", "utf-8")
    result = call("orders.csv", "--map", "orders-csv", "--dry-run")
    assert result.exit_code == 1
    assert "line 2: total: not a number" in result.stdout
    assert [one.name for one in Path().iterdir()] == ["orders.csv"]


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("no-such-mapping", "one of online-retail, orders-csv, reviews-csv, shopify-orders"),
        ("bad.yaml", "bad.yaml:2: the mapping: unknown key 'b'"),
        ("online-retail", "online-retail:11: the file has no column 'InvoiceNo'"),
    ],
)
def test_wrong_mappings(mapping: str, reason: str) -> None:
    Path("bad.yaml").write_text("source: /s\nb: 1\ncurrency: EUR\norder: {}\n", "utf-8")
    result = call(SAMPLES / "orders.csv", "--map", mapping, "--dry-run")
    assert result.exit_code == 2
    assert reason in result.stderr


@pytest.mark.parametrize("arguments", [("none.csv", "--map", "x"), ("orders.csv",)])
def test_wrong_use(arguments: tuple[str, ...]) -> None:
    assert call(*arguments).exit_code == 2


def test_keys(target: Target, workplace: Path) -> None:
    arguments = (SAMPLES / "orders.csv", "--map", "orders-csv", "--url", target.url)
    result = call(*arguments)
    assert (result.exit_code, "no API key" in result.stderr) == (2, True)
    result = call(*arguments, "--key", "wrong")
    assert (result.exit_code, "API key is not valid" in result.stderr) == (2, True)
    (workplace / "data").mkdir()
    (workplace / "data" / "api-key").write_text(KEY + "\n")
    assert call(*arguments).exit_code == 0


def start(file: Path, url: str) -> subprocess.Popen[bytes]:
    """The import in a process of its own, one act a request."""
    program = "from services.commands.history_import import app; app()"
    options = ["--map", "orders-csv", "--url", url, "--key", KEY, "--batch", "1"]
    return subprocess.Popen(
        [sys.executable, "-c", program, str(file), *options],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_killed_and_started_again_it_goes_on(
    target: Target, tmp_path: Path, sign: signal.Signals
) -> None:
    file = tmp_path / "orders.csv"
    rows = (f"{n},2026-01-05T{n // 60:02}:{n % 60:02},c-1,{n},EUR\n" for n in range(1, 600))
    file.write_text(HEADER + "".join(rows), "utf-8")
    with start(file, target.url) as process:
        assert target.first.wait(60)
        process.send_signal(sign)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == (-9 if sign is signal.SIGKILL else 130), errors.decode()
    done = len(target.events)
    assert 0 < done < 599
    with start(file, target.url) as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    assert b"Going on after" in errors or done == 1
    assert target.sum(PURCHASE) == sum(range(1, 600))
    assert sum(target.sent.values()) - len(target.events) <= 1  # only what lacked its checkpoint
    assert list((tmp_path / "state" / "requite" / "imports").glob("*.json")) == []


async def acts_in(bootstrap: str) -> dict[str, bytes]:
    """The topic of acts: keys by event id."""
    async with (
        open_kafka_log(KafkaOptions(bootstrap)) as log,
        log.subscribe("test", [ACTS.name]) as subscription,
    ):
        found: dict[str, bytes] = {}
        while len(found) < 4:
            for batch in await subscription.fetch(100, 5):
                for one in batch.deliveries:
                    found[kafka_binding.decode(one.headers, one.value).id] = one.key
        return found


def test_straight_into_kafka(private_kafka: Kafka) -> None:
    file, bootstrap = SAMPLES / "orders.csv", private_kafka.bootstrap
    result = call(file, "--map", "orders-csv", "--kafka", bootstrap)
    assert result.exit_code == 0, result.output
    assert f"4 acts are durable at {bootstrap}" in result.stdout
    assert asyncio.run(asyncio.wait_for(acts_in(bootstrap), 60)) == {
        "order-9001": b"c-1",
        "order-9002": b"c-2",
        "order-9003": b"c-1",
        "refund-9002": b"c-2",
    }


def documented() -> list[list[str]]:
    """The arguments of the dry runs in docs/import.md."""
    text = (ROOT / "docs" / "import.md").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("requite import ")]
    return [line.split()[2:] for line in lines if line.endswith("--dry-run")]


def test_the_dry_run_of_the_documentation_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert documented()
    for arguments in documented():
        result = call(*arguments)
        assert result.exit_code == 0, result.output
        assert ["net", "", "72.50", "EUR"] in told(result.stdout)


def test_the_mapping_of_the_documentation_is_one() -> None:
    text = (ROOT / "docs" / "import.md").read_text("utf-8")
    block = text.split("```yaml\n")[1].split("```")[0]
    assert parse_mapping(block, str).times.zone == ZoneInfo("Europe/London")


DESK = """\
format: json
each: /tickets
source: /import/desk
acts:
  - when: {column: /state, one_of: [solved]}
    type: help
    id: /id
    customer: {hash_of: /agent/email}
    time: /at
    data: {topic: /subject}
"""


def write_desk(folder: Path) -> tuple[Path, Path]:
    """A JSON document of tickets, and the mapping for it."""
    ticket = {"state": "solved", "at": "2026-03-01T10:00:00Z", "agent": {"email": "Ann@x.test"}}
    tickets: list[object] = [{"id": n, **ticket, "subject": f"No. {n}"} for n in (1, 2)]
    tickets += [{"id": 3, "state": "open"}, {"id": 4, **ticket, "agent": {}}, {"id": 1, **ticket}]
    tickets += [{"id": 5, **ticket, "at": "never"}, None]
    (folder / "desk.json").write_text(json.dumps({"tickets": tickets}), "utf-8")
    (folder / "desk.yaml").write_text(DESK, "utf-8")
    return folder / "desk.json", folder / "desk.yaml"


def test_acts_of_a_json_document(target: Target, tmp_path: Path) -> None:
    file, mapping = write_desk(tmp_path)
    arguments = (file, "--map", mapping, "--url", target.url, "--key", KEY)
    result = call(*arguments)
    assert result.exit_code == 1, result.output
    assert told(result.stdout) == [
        ["help", "2", "", ""],
        ["taken", "2", "2"],
        ["left out: skipped", "1", "1"],
        ["left out: without customer", "1", "1"],
        ["left out: repeated", "1", "1"],
        ["rejected", "0", "2"],
        ["read", "", "7"],
    ]
    assert "2 of them wait until somebody is known by their alias" in result.stdout
    assert {str(event["subject"]) for event in target.events.values()} == {
        Pseudonyms("key").email("ann@x.test")
    }
    rejects = Path("desk.rejects.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in rejects] == ["line", "6", "7"]
    assert call(*arguments).exit_code == 1
    assert set(target.sent.values()) == {2}
    assert len(target.events) == 2


def test_the_key_can_stand_in_the_data_folder(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUITE_PSEUDONYM_KEY")
    file, mapping = write_desk(tmp_path)
    arguments = (file, "--map", mapping, "--url", target.url, "--key", KEY)
    result = call(*arguments)
    assert result.exit_code == 2
    assert "desk.yaml:8: acts.0.customer: hash_of needs the key" in result.stderr
    assert "REQUITE_PSEUDONYM_KEY" in result.stderr
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pseudonym-key").write_text("other", "ascii")
    assert call(*arguments).exit_code == 1
    subjects = {str(event["subject"]) for event in target.events.values()}
    assert subjects == {Pseudonyms("other").email("ann@x.test")}
