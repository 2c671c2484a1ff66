"""The guarded client: which names it follows where."""

import shutil
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from services.notifier.channels.guard import Forbidden, GuardedTransport, make_client
from tests.services.notifier.channels.provider import answer, running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Of hook.example, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "cert.pem", folder / "key.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj"]
    named = ["/CN=hook.example", "-addext", "subjectAltName=DNS:hook.example"]
    where = ["-out", str(paths[0]), "-keyout", str(paths[1])]
    subprocess.run([openssl, *made, *named, *where], check=True, capture_output=True)
    return paths


class Names:
    """A name server whose answers change; `asked` counts."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0)


def client_of(names: Names, certificate: Path | None = None) -> httpx.AsyncClient:
    """Takes loopback for public, and 10.0.0.1 for private."""
    verify = ssl.create_default_context(cafile=certificate)
    inner = httpx.AsyncHTTPTransport(verify=verify, limits=httpx.Limits(max_connections=1))
    transport = GuardedTransport(inner, names, lambda address: address.startswith("127."))
    return httpx.AsyncClient(transport=transport)


async def test_connects_to_the_address_that_was_judged_by_the_name(
    certificate: tuple[Path, Path],
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with (
        running(answer(200), tls=tls) as provider,
        client_of(names, certificate[0]) as client,
    ):
        url = f"https://hook.example:{provider.port}/in"
        assert (await client.post(url, content=b"x")).status_code == 200
        assert names.asked == ["hook.example"]
        assert provider.asked[0].headers["host"] == f"hook.example:{provider.port}"
        assert provider.names == ["hook.example"]
        with pytest.raises(Forbidden):  # The name leads elsewhere by now.
            await client.post(url, content=b"x")
        assert len(provider.asked) == 1


async def test_a_certificate_of_another_name_is_refused(certificate: tuple[Path, Path]) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    names = Names(["127.0.0.1"])
    async with (
        running(answer(200), tls=tls) as provider,
        client_of(names, certificate[0]) as client,
    ):
        with pytest.raises(httpx.ConnectError):
            await client.post(f"https://other.example:{provider.port}/")
        assert provider.asked == []


async def test_the_next_address_is_tried_where_one_is_away(certificate: tuple[Path, Path]) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    names = Names(["127.0.0.2", "127.0.0.1"])
    async with (
        running(answer(200), tls=tls) as provider,
        client_of(names, certificate[0]) as client,
    ):
        response = await client.post(f"https://hook.example:{provider.port}/", content=b"once")
        assert response.status_code == 200
        assert [one.body for one in provider.asked] == [b"once"]


@pytest.mark.parametrize("found", [["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], []])
async def test_one_bad_address_condemns_a_name(found: list[str]) -> None:
    async with client_of(Names(found)) as client:
        with pytest.raises(Forbidden):
            await client.get("https://hook.example/")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "127.1"])
async def test_nothing_of_this_machine_is_reached(host: str) -> None:
    async with running(answer(200)) as provider, make_client(False) as client:
        for scheme in ("http", "https"):
            with pytest.raises(httpx.ConnectError):
                await client.get(f"{scheme}://{host}:{provider.port}/")
        assert provider.connections == 0


async def test_private_addresses_are_reached_if_allowed() -> None:
    async with running(answer(200)) as provider, make_client(True) as client:
        assert (await client.get(provider.url)).status_code == 200


async def test_an_unknown_name_is_an_error_of_connecting() -> None:
    async with make_client(False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("https://nowhere.invalid/")
