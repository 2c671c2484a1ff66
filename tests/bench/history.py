"""The embedded import of a year of a real shop's orders, and the memory it leaves behind."""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil

from shared.web.keys import KeyRing
from tests.bench.measure import Comparison
from tests.servers.ports import free_port
from tests.servers.service import PROJECT, Service

SETTLE_SECONDS = 5  # the notifier has decided on all by then
ACTS = 1_363  # orders and cancellations with a customer
FILE = PROJECT.parent / "shared" / "data" / "purchases" / "online_retail_dev.csv"


def measure(folder: Path) -> list[Comparison]:
    """Nothing where the file is missing."""
    if not FILE.exists():
        return []
    folder.mkdir(parents=True)
    key = KeyRing(folder / "keys.json").create("bench", ["admin"])
    server = Service(
        "embedded",
        folder / "embedded",
        port=free_port(),
        settings={
            "REQUITE_API_KEYS_FILE": str(folder / "keys.json"),
            "REQUITE_LOG_LEVEL": "warning",
        },
    )
    with server:
        seconds = _import(server, key, folder)
        time.sleep(SETTLE_SECONDS)
        memory = _memory_mib(server)
    lines, reading = _read()
    return [
        Comparison(
            path="embedded import of online_retail_dev.csv, to the last score",
            unit="lines/s",
            ours=lines / seconds,
            reference=lines / reading,
            ratio=reading / seconds,
            lowest=reading / seconds,
            highest=reading / seconds,
            reach=None,
            note="reference: csv.DictReader over the same file",
        ),
        Comparison(
            path="memory of the embedded process after the import",
            unit="MiB",
            ours=memory,
            reference=200,
            ratio=memory / 200,
            lowest=memory / 200,
            highest=memory / 200,
            reach=None,
            note="at most 200",
        ),
    ]


def _import(server: Service, key: str, folder: Path) -> float:
    command = [str(Path(sys.executable).with_name("requite")), "import", str(FILE)]
    options = ["--map", "online-retail", "--url", server.url, "--state", str(folder / "state")]
    started = time.perf_counter()
    environment = os.environ | {"REQUITE_API_KEY": key}
    subprocess.run([*command, *options], check=True, env=environment, stdout=subprocess.DEVNULL)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=30) as client:
        while True:
            totals = client.get("/v1/programme/totals").raise_for_status().json()
            if sum(totals["acts"].values()) == ACTS:
                return time.perf_counter() - started
            time.sleep(0.02)


def _memory_mib(server: Service) -> float:
    process = psutil.Process(server.pid)
    processes = [process, *process.children(recursive=True)]
    return max(p.memory_info().rss for p in processes) / 2**20


def _read() -> tuple[int, float]:
    started = time.perf_counter()
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        lines = sum(1 for _ in csv.DictReader(file))
    return lines, time.perf_counter() - started
