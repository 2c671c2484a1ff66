"""`requite bounces`: a mail from a pipe arrives, and stays with the mail server where it can't."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from typer.testing import CliRunner

from services.command_line import app

runner = CliRunner()


@dataclass(slots=True)
class Target:
    """An instance that answers as told, and what it got."""

    url: str = ""
    status: int = 202
    got: list[tuple[str, str | None, str | None, bytes]] = field(default_factory=list)


@pytest.fixture
def target() -> Iterator[Target]:
    target = Target()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind, key = self.headers["Content-Type"], self.headers["Authorization"]
            target.got.append((self.path, kind, key, body))
            said = {"data": [{"outcome": "ignored", "reason": "an automatic reply"}]}
            answer = said if target.status == 202 else {"title": "No", "detail": "not now"}
            self.send_response(target.status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        target.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield target
        server.shutdown()
        thread.join()


def test_a_mail_arrives_with_where_it_was_sent_to(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUITE_API_KEY", "rq_a_b")
    monkeypatch.setenv("RECIPIENT", "bounces+1@shop.example")
    mail = b"Subject: \xff\r\n\r\nx"
    result = runner.invoke(app, ["bounces", "--url", target.url], input=mail)
    assert (result.exit_code, result.output) == (0, "ignored: an automatic reply\n")
    assert target.got == [
        (
            "/v1/bounces?recipient=bounces%2B1%40shop.example",
            "message/rfc822",
            "Bearer rq_a_b",
            mail,
        )
    ]


@pytest.mark.parametrize("status", [401, 500, 503])
def test_what_is_not_taken_stays_with_the_mail_server(target: Target, status: int) -> None:
    target.status = status
    result = runner.invoke(app, ["bounces", "--url", target.url, "--key", "rq_a_b"], input=b"x")
    assert result.exit_code == 75


def test_so_it_does_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    for url, key in (("http://127.0.0.1:1", "rq_a_b"), ("http://127.0.0.1:1", "")):
        result = runner.invoke(app, ["bounces", "--url", url, "--key", key], input=b"x")
        assert result.exit_code == 75
