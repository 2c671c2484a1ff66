"""A real Kafka broker: KRaft, broker and controller in one process."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.servers.kafka_release import chosen_version, kafka_jars
from tests.servers.ports import LOOPBACK, accepts, kept_port
from tests.servers.process import ServerProcess, ServerUnavailable

QUICK_START = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Least memory and start time, at the cost of top speed."""
FULL_SPEED = ("-Xmx1g",)
"""For benchmarks: the optimising compiler and the default collector."""

_CLUSTER_ID = "UmVxdWl0ZVRlc3RLYWZrYQ"
_FORMAT_SECONDS = 60
_SETTINGS = """\
process.roles=broker,controller
node.id=1
listeners=BROKER://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=BROKER://{host}:{port}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
controller.quorum.voters=1@{host}:{controller}
log.dirs={data}
auto.create.topics.enable=false

# One broker, quickly there.
num.network.threads=2
num.io.threads=4
background.threads=2
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=100

# A broker that was killed is let in again once its old session is over.
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300

# Retention and compaction within seconds of what a topic asks for.
log.initial.task.delay.ms=500
log.retention.check.interval.ms=500
log.segment.delete.delay.ms=100
log.cleaner.backoff.ms=100
log.cleaner.dedupe.buffer.size=4194304
"""
_LOGGING = """\
status=error
rootLogger.level=warn
rootLogger.appenderRefs=out
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %m (%c)%n%throwable
"""


class Kafka(ServerProcess):
    """Kafka on two loopback ports (broker, controller), which `folder` keeps with the data.

    `version` is a release on Maven Central; without it REQUITE_TEST_KAFKA_VERSION or the newest.
    """

    def __init__(
        self,
        folder: Path,
        *,
        version: str | None = None,
        java_options: Sequence[str] = QUICK_START,
    ) -> None:
        super().__init__("kafka", folder)
        self.port = kept_port(self.folder / "broker.port")
        self.controller_port = kept_port(self.folder / "controller.port")
        self.version = version or chosen_version()
        self.java_options = java_options

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def ports(self) -> Sequence[int]:
        return (self.port, self.controller_port)

    def prepare(self) -> None:
        """Write the settings and, the first time, format the data folder."""
        settings = _SETTINGS.format(
            host=LOOPBACK,
            port=self.port,
            controller=self.controller_port,
            data=self.folder / "data",
        )
        self._settings_file.write_text(settings)
        self._logging_file.write_text(_LOGGING)
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()

    def command(self) -> Sequence[str]:
        return [*self._java(), "kafka.Kafka", str(self._settings_file)]

    def answers(self) -> bool:
        """Whether the broker is registered and tells so to clients."""
        if not accepts(self.port):
            return False
        with ThreadPoolExecutor(max_workers=1) as own_loop:
            return own_loop.submit(asyncio.run, self._lists_itself()).result()

    async def _lists_itself(self) -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=2_000)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except (KafkaError, OSError):
            return False
        finally:
            await admin.close()

    @property
    def _settings_file(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _logging_file(self) -> Path:
        return self.folder / "log4j2.properties"

    def _format(self) -> None:
        tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted"]
        where = ["--cluster-id", _CLUSTER_ID, "--config", str(self._settings_file)]
        done = subprocess.run(
            [*self._java(), *tool, *where],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FORMAT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise ServerUnavailable(f"kafka cannot format its data folder:\n{done.stdout}")

    def _java(self) -> list[str]:
        return [
            java_program(),
            *self.java_options,
            f"-Dlog4j2.configurationFile={self._logging_file}",
            "-cp",
            f"{kafka_jars(self.version)}/*",
        ]


def java_program() -> str:
    """The machine's Java. Raises ServerUnavailable where there is none."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else None
    java = java or shutil.which("java")
    if java is None:
        raise ServerUnavailable("kafka needs Java 17 or newer: no java in JAVA_HOME or on PATH")
    return java
