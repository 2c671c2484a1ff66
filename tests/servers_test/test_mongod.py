"""MongoDB comes up as a primary and loses nothing that it acknowledged."""

from pathlib import Path

import pytest
from pymongo import AsyncMongoClient, MongoClient
from pymongo.write_concern import WriteConcern

from tests.servers.mongod import Mongod
from tests.servers.process import ServerUnavailable


def test_acknowledged_writes_survive_sigkill(private_mongod: Mongod) -> None:
    server, url = private_mongod, private_mongod.url
    with MongoClient[dict[str, int]](url) as client:
        acts = client["harness"].get_collection("acts", write_concern=WriteConcern(w="majority"))
        acts.insert_many([{"number": number} for number in range(100)])
    server.kill()
    server.restart()
    assert server.url == url
    with MongoClient[dict[str, int]](url) as client:
        assert client["harness"]["acts"].count_documents({}) == 100


def test_stops_cleanly(private_mongod: Mongod) -> None:
    assert private_mongod.stop() == 0


def test_a_taken_port_is_named_as_the_reason(private_mongod: Mongod, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "port").write_text(str(private_mongod.port))
    with pytest.raises(ServerUnavailable, match=f"port {private_mongod.port} is taken"):
        Mongod(other).start()
    assert private_mongod.is_running()


async def test_the_shared_server_runs_transactions(mongodb_url: str) -> None:
    async with AsyncMongoClient[dict[str, int]](mongodb_url) as client:
        database = client["harness_transactions"]
        await database.drop_collection("acts")
        async with client.start_session() as session, await session.start_transaction():
            await database["acts"].insert_one({"number": 1}, session=session)
        assert await database["acts"].count_documents({}) == 1
        await client.drop_database(database)
