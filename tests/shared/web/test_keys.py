"""API keys: what is stored, who gets in, and what several processes see of one file."""

import multiprocessing
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.web.keys import KeyRing
from tests.asgi import open_client
from tests.shared.web.demo import create_demo


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "deep" / "api-keys.json")


def test_only_a_hash_is_stored_and_only_for_the_owner(ring: KeyRing, tmp_path: Path) -> None:
    plain = ring.create("shop", ["events:write"])
    file = tmp_path / "deep" / "api-keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = plain.split("_", 2)[2]
    assert len(secret) >= 43
    assert secret not in file.read_text()
    assert sorted(p.name for p in file.parent.iterdir()) == ["api-keys.json", "api-keys.json.lock"]


def test_check_tells_who_holds_the_key(ring: KeyRing) -> None:
    ring.create("other", ["admin"])
    plain = ring.create("shop", ["events:write"])
    principal = ring.check(f"Bearer {plain}")
    assert principal is not None
    assert (principal.name, set(principal.scopes)) == ("shop", {"events:write"})
    assert principal.may("events:write")
    assert not principal.may("customers:write")
    assert ring.check(f"bearer  {plain}".encode()) == principal


def test_admin_may_everything(ring: KeyRing) -> None:
    principal = ring.check(f"Bearer {ring.create('owner', ['admin'])}")
    assert principal is not None
    assert principal.may("quarantine:write")


def test_wrong_keys_are_nobody(ring: KeyRing) -> None:
    plain = ring.create("shop", ["admin"])
    other = ring.create("other", ["admin"])
    forged = "_".join([*plain.split("_", 2)[:2], other.split("_", 2)[2]])
    wrong = ["", "Bearer", "Bearer ", plain, f"Basic {plain}", f"Bearer {plain}x"]
    wrong += [f"Bearer {plain[:-1]}", f"Bearer {forged}", "Bearer rq_", "Bearer rq__", "Bearer €"]
    assert [ring.check(header) for header in wrong] == [None] * len(wrong)
    assert ring.check(None) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary() | st.binary().map(lambda junk: b"Bearer rq_" + junk))
def test_junk_is_nobody(ring: KeyRing, header: bytes) -> None:
    assert ring.check(header) is None


def test_another_process_sees_keys_come_and_go(ring: KeyRing, tmp_path: Path) -> None:
    other = KeyRing(tmp_path / "deep" / "api-keys.json")
    assert other.check("Bearer rq_a_b") is None
    plain = ring.create("shop", ["events:write"])
    principal = other.check(f"Bearer {plain}")
    assert principal is not None
    assert [key.name for key in other.list()] == ["shop"]
    assert ring.revoke(principal.key_id)
    assert not ring.revoke(principal.key_id)
    assert other.check(f"Bearer {plain}") is None


def _create_first(file: Path) -> str | None:
    return KeyRing(file).create_first("first", ["admin"])


def test_one_process_wins_a_concurrent_start(tmp_path: Path) -> None:
    file = tmp_path / "api-keys.json"
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        keys = pool.map(_create_first, [file] * 6, chunksize=1)
    [plain] = [key for key in keys if key is not None]
    assert KeyRing(file).check(f"Bearer {plain}") is not None
    assert len(KeyRing(file).list()) == 1


async def test_routes_ask_for_their_scope(tmp_path: Path) -> None:
    app = create_demo(tmp_path)
    keys = app.state.edge.keys
    reader, writer = keys.create("r", ["scores:read"]), keys.create("w", ["events:write"])
    async with open_client(app) as client:

        async def statuses(key: str | None) -> list[tuple[int, str | None]]:
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            responses = [
                await client.get("/v1/things/a", headers=headers),
                await client.post("/v1/echo", headers=headers, content=b"x"),
            ]
            return [(r.status_code, r.headers.get("www-authenticate")) for r in responses]

        invalid = 'Bearer error="invalid_token"'
        lacks = 'Bearer error="insufficient_scope", scope="{}"'
        assert await statuses(None) == [(401, "Bearer")] * 2
        assert await statuses("rq_a_b") == [(401, invalid)] * 2
        assert await statuses(reader) == [(200, None), (403, lacks.format("events:write"))]
        assert await statuses(writer) == [(403, lacks.format("scores:read")), (200, None)]
